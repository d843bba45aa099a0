import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, run } from '../machine/command.mjs';
import { inRoot, root, writeFile } from '../machine/home.mjs';
import { Problem } from '../terminal/problem.mjs';

const generated = inRoot('libs', 'db', 'src', 'generated');
const stampPath = join(generated, '.sconce-generated');

/** Writes the database client's code where the schema (or Prisma itself) changed since. Needs no network. */
export async function generateDatabaseClient() {
  if (!existsSync(inRoot('prisma', 'schema'))) return 'no schema';
  const wanted = fingerprint();
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8').trim() === wanted) return 'unchanged';
  // `generate` never calls the schema engine, yet would download it where none is named.
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  };
  const result = await run(process.execPath, [inRoot('node_modules', 'prisma', 'build', 'index.js'), 'generate'], {
    cwd: root,
    env,
  });
  if (result.code !== 0) {
    throw new Problem(
      'Generating the database client from prisma/schema failed.',
      'The lines above say where the schema is wrong.',
      lastLines(result.stderr + result.stdout, 15),
    );
  }
  writeFile(stampPath, `${wanted}\n`, 0o644);
  return 'generated';
}

function fingerprint() {
  const hash = createHash('sha256');
  const schema = readdirSync(inRoot('prisma', 'schema'))
    .sort()
    .map((name) => inRoot('prisma', 'schema', name));
  for (const path of [...schema, inRoot('prisma.config.ts'), inRoot('node_modules', 'prisma', 'package.json')]) {
    if (existsSync(path)) hash.update(path.slice(root.length)).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** Compiles all packages that changed. Answers the compiler's error lines, none where all is well. */
export const compile = () => compiler(['-b', 'tsconfig.json']);

/** Types of what is no part of the build: tests, and these tools. The packages have to be compiled first. */
export async function compileTests() {
  const projects = [
    'tsconfig.tests.json',
    'tools/bootstrap/tsconfig.json',
    'tools/local-cluster/tsconfig.json',
    'tools/image/tsconfig.json',
  ];
  return (await Promise.all(projects.map((project) => compiler(['-p', project, '--noEmit'])))).flat();
}

async function compiler(args) {
  const result = await run(inRoot('node_modules', '.bin', 'tsc'), [...args, '--pretty', 'false'], {
    cwd: root,
    timeoutMs: 300_000,
  });
  if (result.code === 0) return [];
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 ? lines : [`tsc ended with code ${result.code}`];
}

/** Each error of the compiler starts a line of its own; what follows is its explanation. */
export const countErrors = (lines) =>
  Math.max(lines.filter((line) => /\berror TS\d+:/.test(line)).length, lines.length > 0 ? 1 : 0);
