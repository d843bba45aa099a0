import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Who may import whom: each line of the table in docs/architecture.md, with imports that it allows and imports that it must refuse. */
const rules: readonly {
  readonly line: string;
  readonly file: string;
  readonly allowed: readonly string[];
  readonly refused: readonly string[];
}[] = [
  {
    line: 'core -> nothing (and picomatch)',
    file: 'libs/core/src/route/x.ts',
    allowed: ['./y.ts', '../id.ts', 'picomatch'],
    refused: ['node:fs', 'zod', '@sconce/ports', '@sconce/foundation', '../../../ports/src/clock.ts'],
  },
  {
    line: 'contract -> zod',
    file: 'libs/contract/src/shape/x.ts',
    allowed: ['../index.ts', 'zod'],
    refused: ['node:crypto', '@sconce/core', '@nestjs/common', 'react'],
  },
  {
    line: 'ports -> core',
    file: 'libs/ports/src/x.ts',
    allowed: ['./y.ts', '@sconce/core'],
    refused: ['@sconce/db', 'node:fs', 'dockerode'],
  },
  {
    line: 'foundation -> core',
    file: 'libs/foundation/src/x.ts',
    allowed: ['@sconce/core', 'node:fs/promises', 'pino', 'zod'],
    refused: ['@sconce/ports', '@sconce/db', 'node:child_process', 'bullmq'],
  },
  {
    line: 'only foundation/exec starts processes',
    file: 'libs/foundation/src/exec/x.ts',
    allowed: ['node:child_process'],
    refused: ['@sconce/db', 'dockerode'],
  },
  {
    line: 'db -> core, foundation, Prisma',
    file: 'libs/db/src/build/x.ts',
    allowed: [
      '../generated/client.ts',
      '@prisma/client',
      '@prisma/adapter-pg',
      'pg',
      '@sconce/core',
      '@sconce/foundation',
    ],
    refused: ['@sconce/engine', '@sconce/ports', '@sconce/queue', 'bullmq', 'node:child_process'],
  },
  {
    line: 'queue -> core, foundation, BullMQ',
    file: 'libs/queue/src/x.ts',
    allowed: ['bullmq', 'ioredis', '@sconce/core', '@sconce/foundation', 'zod'],
    refused: ['@sconce/db', '@sconce/engine', 'pg'],
  },
  {
    line: 'engine -> core, ports, db, queue, foundation',
    file: 'libs/engine/src/builds/x.ts',
    allowed: [
      '../deps.ts',
      '@sconce/core',
      '@sconce/ports',
      '@sconce/db',
      '@sconce/queue',
      '@sconce/foundation',
      'node:crypto',
      'yaml',
      'zod',
    ],
    refused: [
      '@sconce/contract',
      '@sconce/runtime-docker',
      '@sconce/api',
      '@nestjs/common',
      'bullmq',
      '@prisma/client',
      'pg',
      'node:child_process',
      'child_process',
      'dockerode',
      '../../../db/src/database.ts',
      '@sconce/db/dist/index.js',
    ],
  },
  ...['images-docker', 'runtime-docker'].map((adapter) => ({
    line: `adapters/${adapter} -> ports, core, foundation and its SDK, never another adapter`,
    file: `libs/adapters/${adapter}/src/x.ts`,
    allowed: ['@sconce/ports', '@sconce/core', '@sconce/foundation', 'dockerode', 'node:path'],
    refused: [
      '@sconce/db',
      '@sconce/engine',
      '@sconce/queue',
      '@sconce/secrets-local',
      '@sconce/source-github',
      'octokit',
      'node:child_process',
      '../../runtime-docker/src/names.ts',
    ],
  })),
  {
    line: 'adapters/builder-docker -> ports, core, foundation, buildkit and its SDK',
    file: 'libs/adapters/builder-docker/src/x.ts',
    allowed: ['@sconce/ports', '@sconce/core', '@sconce/foundation', '@sconce/buildkit', 'dockerode', 'node:path'],
    refused: ['@sconce/db', '@sconce/builder-kubernetes', '@sconce/kubernetes-api', 'node:child_process'],
  },
  {
    line: 'adapters/runtime-kubernetes -> ports, core, foundation and Kubernetes, never another adapter',
    file: 'libs/adapters/runtime-kubernetes/src/x.ts',
    allowed: [
      '@sconce/ports',
      '@sconce/core',
      '@sconce/foundation',
      '@sconce/kubernetes-api',
      '@kubernetes/client-node',
      'node:path',
    ],
    refused: [
      '@sconce/engine',
      'dockerode',
      'undici',
      'node:child_process',
      '@sconce/runtime-docker',
      '@sconce/buildkit',
      '../../runtime-docker/src/names.ts',
    ],
  },
  {
    line: 'adapters/builder-kubernetes -> ports, core, foundation, kubernetes-api and buildkit, never another adapter',
    file: 'libs/adapters/builder-kubernetes/src/x.ts',
    allowed: ['@sconce/ports', '@sconce/foundation', '@sconce/kubernetes-api', '@sconce/buildkit', 'tar-stream'],
    refused: ['@sconce/engine', '@sconce/registry-oci', '@sconce/builder-docker', 'undici', 'node:child_process'],
  },
  {
    line: 'kubernetes-api -> ports, core, Kubernetes, undici and ws',
    file: 'libs/kubernetes-api/src/x.ts',
    allowed: ['@sconce/ports', '@sconce/core', '@kubernetes/client-node', 'undici', 'ws', 'node:stream'],
    refused: ['@sconce/runtime-kubernetes', '@sconce/engine', '@sconce/db', 'dockerode', 'node:child_process'],
  },
  {
    line: 'buildkit -> ports, core and foundation',
    file: 'libs/buildkit/src/x.ts',
    allowed: ['@sconce/ports', '@sconce/core', '@sconce/foundation', 'node:fs/promises'],
    refused: ['@sconce/builder-docker', '@sconce/kubernetes-api', 'dockerode', 'node:child_process'],
  },
  {
    line: 'adapters/source-github -> ports, core, foundation and its SDK',
    file: 'libs/adapters/source-github/src/x.ts',
    allowed: ['@sconce/ports', '@sconce/core', '@sconce/foundation', 'octokit'],
    refused: ['@sconce/db', '@sconce/source-builtin', 'dockerode', 'node:child_process'],
  },
  {
    line: 'adapters/passkeys-webauthn -> ports, core, foundation and its SDK',
    file: 'libs/adapters/passkeys-webauthn/src/x.ts',
    allowed: ['@sconce/ports', '@sconce/core', '@sconce/foundation', '@simplewebauthn/server'],
    refused: ['@sconce/db', '@sconce/engine', 'octokit', 'node:child_process'],
  },
  ...['source-builtin', 'secrets-local', 'registry-oci'].map((adapter) => ({
    line: `adapters/${adapter} -> ports, core, foundation`,
    file: `libs/adapters/${adapter}/src/x.ts`,
    allowed: ['@sconce/ports', '@sconce/core', '@sconce/foundation', 'node:crypto'],
    refused: ['@sconce/db', '@sconce/source-github', 'octokit', 'dockerode', 'node:child_process'],
  })),
  {
    line: 'gateway -> contract, core, foundation',
    file: 'apps/gateway/src/link/x.ts',
    allowed: ['@sconce/contract', '@sconce/core', '@sconce/foundation', 'ws', 'node:net'],
    refused: [
      '@sconce/db',
      '@sconce/engine',
      '@sconce/queue',
      '@sconce/runtime-docker',
      '@nestjs/common',
      'pg',
      'node:child_process',
    ],
  },
  {
    line: 'cli -> contract',
    file: 'apps/cli/src/commands/x.ts',
    allowed: ['@sconce/contract', 'commander', 'node:fs/promises'],
    refused: ['@sconce/core', '@sconce/engine', '@sconce/db', '@sconce/foundation', 'node:child_process'],
  },
  {
    line: 'cli starts programs in one place',
    file: 'apps/cli/src/local/x.ts',
    allowed: ['node:child_process'],
    refused: ['@sconce/foundation'],
  },
  {
    line: 'dashboard -> contract',
    file: 'apps/dashboard/src/pages/x.ts',
    allowed: ['@sconce/contract', 'react', './y.ts'],
    refused: [
      '@sconce/core',
      '@sconce/engine',
      '@sconce/contract/src/index.ts',
      'node:fs',
      '../../../api/src/index.ts',
    ],
  },
  {
    line: 'api -> everything below; adapters only in wiring.ts',
    file: 'apps/api/src/controllers/x.ts',
    allowed: [
      '@nestjs/common',
      '@sconce/contract',
      '@sconce/core',
      '@sconce/db',
      '@sconce/engine',
      '@sconce/foundation',
      '@sconce/ports',
      '@sconce/queue',
      'zod',
    ],
    refused: [
      '@sconce/secrets-local',
      '@sconce/passkeys-webauthn',
      '@simplewebauthn/server',
      '@sconce/source-builtin',
      '@sconce/runtime-docker',
      '@sconce/worker',
      'bullmq',
      'pg',
      '@prisma/client',
      'node:child_process',
    ],
  },
  ...['worker', 'scheduler'].map((app) => ({
    line: `${app} -> everything below; adapters only in wiring.ts`,
    file: `apps/${app}/src/x.ts`,
    allowed: ['@sconce/engine', '@sconce/queue', '@sconce/db', '@sconce/ports'],
    refused: [
      '@sconce/runtime-docker',
      '@sconce/builder-docker',
      '@sconce/secrets-local',
      '@sconce/api',
      '@nestjs/common',
      'bullmq',
      'node:child_process',
    ],
  })),
  ...['api', 'worker', 'scheduler'].map((app) => ({
    line: `${app}/wiring.ts names adapters`,
    file: `apps/${app}/src/wiring.ts`,
    allowed: ['@sconce/runtime-docker', '@sconce/secrets-local', '@sconce/engine'],
    refused: ['bullmq', 'pg', 'dockerode', 'node:child_process', '../../worker/src/index.ts'],
  })),
  {
    line: 'all-in-one -> api, worker, scheduler, db',
    file: 'apps/all-in-one/src/x.ts',
    allowed: ['@sconce/api', '@sconce/worker', '@sconce/scheduler', '@sconce/db', '@sconce/foundation'],
    refused: ['@sconce/engine', '@sconce/queue', '@sconce/runtime-docker', '@sconce/gateway'],
  },
  {
    line: 'packages are imported by their name, in tests too',
    file: 'tests/flow/x.ts',
    allowed: ['@sconce/engine', '@sconce/testkit', 'node:child_process'],
    refused: ['../../libs/engine/src/deps.ts', '../../apps/api/src/index.ts', '@sconce/engine/src/deps.ts'],
  },
];

const otherRules: readonly {
  readonly line: string;
  readonly file: string;
  readonly source: string;
  readonly category: string | null;
}[] = [
  ...[
    'libs/engine/src/x.ts',
    'libs/adapters/source-github/src/x.ts',
    'apps/api/src/http/x.ts',
    'apps/cli/src/commands/x.ts',
  ].map((file) => ({
    line: 'the environment is read in main.ts and config.ts only',
    file,
    source: 'export const home = process.env.SCONCE_HOME;',
    category: 'lint/style/noProcessEnv',
  })),
  ...['apps/api/src/config.ts', 'apps/gateway/src/main.ts', 'libs/testkit/src/x.ts', 'libs/engine/src/x.test.ts'].map(
    (file) => ({
      line: 'the environment may be read here',
      file,
      source: 'export const home = process.env.SCONCE_HOME;',
      category: null,
    }),
  ),
  {
    line: 'exports are named',
    file: 'libs/core/src/x.ts',
    source: 'const x = 1;\nexport default x;',
    category: 'lint/style/noDefaultExport',
  },
  {
    line: 'tools want a default export in their configuration',
    file: 'vitest.config.ts',
    source: 'export default {};',
    category: null,
  },
];

interface Case {
  readonly path: string;
  readonly source: string;
  readonly category: string | null;
  readonly name: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every package there is, so that a new one does not come without a rule. The testkit is for tests, which may import what they test. */
const packages = globSync(['libs/*/package.json', 'libs/adapters/*/package.json', 'apps/*/package.json'], { cwd: root })
  .map((path) => dirname(path))
  .filter((path) => path !== 'libs/testkit');

/** One file per case, in a folder of its own below the file's, so that patterns over folders still match. */
const cases: Case[] = [
  ...rules.flatMap(({ line, file, allowed, refused }) => [
    ...allowed.map(
      (specifier, index): Case => ({
        name: `${line}: ${file} may import ${specifier}`,
        path: numbered(file, `ok${index}`),
        source: importing(specifier),
        category: null,
      }),
    ),
    ...refused.map(
      (specifier, index): Case => ({
        name: `${line}: ${file} may not import ${specifier}`,
        path: numbered(file, `bad${index}`),
        source: importing(specifier),
        category: 'lint/style/noRestrictedImports',
      }),
    ),
  ]),
  ...otherRules.map(
    ({ line, file, source, category }, index): Case => ({
      name: `${line}: ${file}`,
      path: `${index}/${file}`,
      source,
      category,
    }),
  ),
  ...packages.map(
    (path): Case => ({
      name: `${path} has a rule of its own`,
      path: `package/${path}/src/x.ts`,
      source: importing(path === 'apps/dashboard' ? '@sconce/core' : 'a-package-nobody-named'),
      category: 'lint/style/noRestrictedImports',
    }),
  ),
];

function importing(specifier: string): string {
  return `import { something } from '${specifier}';\nsomething();`;
}

/** wiring.ts and the like are matched by name: these cases get a whole tree of their own. */
function numbered(file: string, mark: string): string {
  return `${mark}/${file}`;
}

let directory: string;
const found = new Map<string, string[]>();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sconce-rules-'));
  const trees = new Set(cases.map(({ path }) => path.slice(0, path.indexOf('/'))));
  await Promise.all([...trees].map((tree) => lintTree(tree)));
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The repository's own configuration over a tree that holds nothing but the cases. */
async function lintTree(tree: string): Promise<void> {
  const at = join(directory, tree);
  for (const file of ['biome.json', 'tests/dependency-rules/dependency-rules.json']) {
    mkdirSync(dirname(join(at, file)), { recursive: true });
    cpSync(join(root, file), join(at, file));
  }
  for (const { path, source } of cases.filter((one) => one.path.startsWith(`${tree}/`))) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), source);
  }
  const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
  const run = promisify(execFile)(join(root, 'node_modules/.bin/biome'), args, {
    cwd: at,
    encoding: 'utf8',
    maxBuffer: 32 * 1024 * 1024,
  });
  const { stdout } = await run.catch((failed: { stdout: string }) => failed);
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; severity: string; location: { path: string } }[];
  };
  for (const { category, severity, location } of diagnostics) {
    if (severity !== 'error') continue;
    const path = `${tree}/${location.path}`;
    found.set(path, [...(found.get(path) ?? []), category]);
  }
}

describe('dependency rules', () => {
  it('are each tried in a file of their own', () => {
    expect(new Set(cases.map(({ path }) => path)).size).toBe(cases.length);
    expect(packages.length).toBeGreaterThan(15);
  });

  it.each(cases)('$name', ({ path, category }) => {
    expect(found.get(path) ?? []).toEqual(category === null ? [] : [category]);
  });
});
