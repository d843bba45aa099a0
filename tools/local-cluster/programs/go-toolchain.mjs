import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { findProgram, mustRun, run } from '../../bootstrap/machine/command.mjs';
import { mustHaveSpace } from '../../bootstrap/machine/disk.mjs';
import { makeFolder } from '../../bootstrap/machine/home.mjs';
import { Problem } from '../../bootstrap/terminal/problem.mjs';
import { inCluster } from '../settings/folders.mjs';
import { findStaticBusybox } from './debian-programs.mjs';

/** Go publishes itself as a module, by the name that `go` itself fetches newer ones under: https://go.dev/ref/mod#go-mod-file-toolchain. */
const ownVersion = 'go1.26.8';
const archives = {
  x64: { name: 'linux-amd64', sha256: '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7' },
  arm64: { name: 'linux-arm64', sha256: '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99' },
};
const oldestGo = [1, 24];
const fetchTimeoutMs = 900_000;

const isNewEnough = (version) => {
  const [major, minor] = (/^go(\d+)\.(\d+)/.exec(version ?? '') ?? []).slice(1).map(Number);
  return major > oldestGo[0] || (major === oldestGo[0] && minor >= oldestGo[1]);
};

/**
 * The Go of this machine where it is new enough, else the one that was fetched before; null where there is neither.
 * @returns {Promise<{ go: string, version: string } | null>}
 */
export async function findGo() {
  const own = inCluster('go', 'bin', 'go');
  const candidates = [findProgram('go', ['/usr/local/go/bin', '/usr/lib/go/bin']), existsSync(own) ? own : null];
  for (const go of candidates.filter((one) => one !== null)) {
    const { stdout } = await run(go, ['env', 'GOVERSION'], { timeoutMs: 60_000 });
    if (isNewEnough(stdout.trim())) return { go, version: stdout.trim() };
  }
  return null;
}

/** Finds Go, or fetches one for this clone alone. @param {{ doing: (note: string) => void }} progress */
export async function ensureGo(progress) {
  const found = await findGo();
  if (found !== null) return found;
  const archive = archives[process.arch];
  if (archive === undefined) throw noGo(`there is none to fetch for ${process.arch}`);
  progress.doing(`fetching ${ownVersion}: the machine has no Go ${oldestGo.join('.')} or later`);
  mustHaveSpace(inCluster(), 1, 'Go');
  const zip = inCluster('go.zip');
  makeFolder(inCluster());
  await fetchArchive(`golang.org/toolchain/@v/v0.0.1-${ownVersion}.${archive.name}.zip`, zip);
  if (createHash('sha256').update(readFileSync(zip)).digest('hex') !== archive.sha256)
    throw noGo('what was fetched is not what was published');
  const unpacked = inCluster('go-unpacked');
  rmSync(unpacked, { recursive: true, force: true });
  await mustRun('Unpacking Go', findStaticBusybox(), ['unzip', '-q', zip, '-d', unpacked], {
    timeoutMs: fetchTimeoutMs,
  });
  const folder = `${unpacked}/golang.org/toolchain@v0.0.1-${ownVersion}.${archive.name}`;
  // A module's archive knows no rights of files.
  const programs = ['bin/go', 'bin/gofmt', `pkg/tool/${archive.name.replace('-', '_')}`].map(
    (name) => `${folder}/${name}`,
  );
  await mustRun('Making Go runnable', 'chmod', ['-R', '+x', ...programs.filter((path) => existsSync(path))]);
  rmSync(inCluster('go'), { recursive: true, force: true });
  renameSync(folder, inCluster('go'));
  rmSync(unpacked, { recursive: true, force: true });
  rmSync(zip);
  return { go: inCluster('go', 'bin', 'go'), version: ownVersion };
}

/** From the first module proxy that has it, as Go would go by GOPROXY. */
async function fetchArchive(path, to) {
  const proxies = (process.env.GOPROXY ?? 'https://proxy.golang.org')
    .split(/[,|]/)
    .filter((one) => /^https?:/.test(one));
  let last = 'GOPROXY names no module proxy';
  for (const proxy of proxies) {
    try {
      const answer = await fetch(`${proxy.replace(/\/$/, '')}/${path}`, {
        signal: AbortSignal.timeout(fetchTimeoutMs),
      });
      if (answer.ok && answer.body !== null)
        return await pipeline(Readable.fromWeb(answer.body), createWriteStream(to));
      last = `${proxy} answered ${answer.status}`;
    } catch (error) {
      last = `${proxy}: ${error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : error}`;
    }
  }
  throw noGo(last);
}

const noGo = (why) =>
  new Problem(
    `A local cluster is built from Kubernetes' Go modules, which needs Go ${oldestGo.join('.')} or later. There is none here, and none could be fetched: ${why}.`,
    [
      'Install it: https://go.dev/doc/install (Debian: golang-1.24-go from bookworm-backports).',
      'Or use a cluster that is there: KUBECONFIG=/path/to/kubeconfig.',
    ],
  );
