import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { askLine, askYesNo, canAsk } from '../../ask/ask-line.ts';
import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { toSlug } from '../../deploy/deploy-target.ts';
import { readTopDirectory } from '../../deploy/git.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { findFacts, type RepositoryFacts } from '../../file/find-facts.ts';
import { readRepositoryFiles } from '../../file/read-repository-files.ts';
import { type NewServiceFile, writeServiceFile } from '../../file/write-service-file.ts';
import { printDone } from '../../show/print-facts.ts';

export interface InitOptions extends GlobalOptions {
  readonly name?: string;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Writes a commented `sconce.yaml` after looking at the repository. Asks about each guess when somebody is there. */
export async function init(context: Context, options: InitOptions): Promise<void> {
  const directory = (await readTopDirectory(context)) ?? context.directory;
  const path = join(directory, 'sconce.yaml');
  const asks = !options.yes && !options.dryRun;
  if (asks && !canAsk(context)) throw nobodyThere();
  if (!options.force && !options.dryRun && (await exists(path))) throw standsAlready();
  const facts = findFacts(await readRepositoryFiles(directory));
  if (facts.dockerfile === null && !options.json)
    context.terminal.note('There is no Dockerfile yet: Sconce builds from one. The file is written all the same.');
  const guessed = await guess(context, options, facts, options.name ?? toSlug(basename(directory)));
  const file = asks ? await askAbout(context, guessed) : guessed;
  const text = writeServiceFile(file);
  if (options.dryRun) {
    if (options.json) return context.terminal.json({ path, text, guesses: facts });
    return context.terminal.line(text.trimEnd());
  }
  await writeFile(path, text, { flag: options.force ? 'w' : 'wx' });
  const told = [
    `gpu ${file.gpu.value}: ${file.gpu.why}`,
    file.port ? `port ${file.port.value}: ${file.port.why}` : null,
  ];
  const next = 'See what it would change: sconce plan. Deploy it: git add sconce.yaml, commit, sconce deploy';
  const lines = told.flatMap((line) => line ?? []);
  printDone(context, options, { path, text, guesses: facts }, path, `Wrote ${path}.`, ...lines, next);
}

async function guess(
  context: Context,
  options: InitOptions,
  facts: RepositoryFacts,
  service: string,
): Promise<NewServiceFile> {
  const { dockerfile, port, probe } = facts;
  return {
    service,
    dockerfile: dockerfile ?? 'Dockerfile',
    port,
    probe,
    gpu: await chooseGpu(context, options, facts),
  };
}

const patienceMs = 1_500;

/** What to write where a GPU is wanted: the product this installation has most of free; where it cannot be asked, any of a usual size. */
async function chooseGpu(
  context: Context,
  options: InitOptions,
  { gpu }: RepositoryFacts,
): Promise<NewServiceFile['gpu']> {
  if (!gpu.value) return { value: 'none', why: gpu.why };
  const products = await gpusHere(context, options).catch(() => null);
  if (products === null) return { value: '16GB', why: gpu.why };
  const [best] = products.sort((a, b) => b.free - a.free);
  if (!best) return { value: 'none', why: `${gpu.why}, and no machine here has a GPU` };
  return { value: best.product.replace(/^NVIDIA /, '').split(' ')[0] ?? best.product, why: gpu.why };
}

async function gpusHere(context: Context, options: InitOptions): Promise<{ product: string; free: number }[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs)]);
  const { client } = await connect(context, options);
  const { data } = await client.listClusters({ query: { limit: 200 }, signal });
  const pools = await Promise.all(
    data.map(({ name }) => client.listNodePools({ params: { cluster: name }, query: { limit: 200 }, signal })),
  );
  return pools.flatMap((page) => page.data.flatMap((pool) => pool.gpus));
}

async function askAbout(context: Context, file: NewServiceFile): Promise<NewServiceFile> {
  const service = toSlug(await askLine(context, 'Name of the service', file.service));
  const port = await askLine(
    context,
    `Port it listens on${file.port ? ` (${file.port.why})` : ''}`,
    String(file.port?.value ?? 'EXPOSE'),
  );
  const probe = await askLine(
    context,
    `Path that answers once it is ready${file.probe ? ` (${file.probe.why})` : ''}`,
    file.probe?.value ?? 'none',
  );
  const wantsGpu = await askYesNo(
    context,
    `Does it need a GPU (${file.gpu.why})?`,
    file.gpu.value === 'none' ? 'n' : 'y',
  );
  const gpu = wantsGpu ? await askLine(context, 'Which', file.gpu.value === 'none' ? '16GB' : file.gpu.value) : 'none';
  const yours = 'your answer';
  return {
    ...file,
    service,
    port: /^\d{1,5}$/.test(port) ? { value: Number(port), why: file.port?.why ?? yours } : null,
    probe: probe.startsWith('/') ? { value: probe, why: file.probe?.value === probe ? file.probe.why : yours } : null,
    gpu: { value: gpu, why: gpu === file.gpu.value ? file.gpu.why : yours },
  };
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

function standsAlready(): CliFailure {
  return new CliFailure('There is a sconce.yaml already', {
    code: 'already_exists',
    hint: 'See what it would change: sconce plan. Write a new one over it: sconce init --force',
  });
}

function nobodyThere(): CliFailure {
  return new CliFailure('Nobody is here to ask about the guesses', {
    exitCode: exitCodes.usage,
    code: 'no_terminal',
    hint: 'Take them as they are: sconce init --yes. See them first: sconce init --dry-run',
  });
}
