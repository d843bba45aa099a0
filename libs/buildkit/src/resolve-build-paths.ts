import { open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { BuildFailed, type BuildRequest } from '@sconce/ports';

export interface BuildPaths {
  /** Absolute, with every link followed, and inside the commit's directory. */
  readonly context: string;
  readonly dockerfile: string;
}

/** Where a build reads from. Throws `BuildFailed` when that is not there, or not inside the commit's directory. */
export async function resolveBuildPaths(
  request: Pick<BuildRequest, 'directory' | 'context' | 'dockerfile'>,
): Promise<BuildPaths> {
  const root = await realpath(request.directory);
  const context = await resolveInside(root, request.context, 'build context');
  if (context === null || !(await stat(context)).isDirectory()) {
    throw new BuildFailed(
      'config_invalid',
      `The build context ${quoted(request.context)} is not a folder of this commit.`,
      'Set build.context in sconce.yaml to a folder of the repository; "." is its root.',
    );
  }
  const dockerfile = await resolveInside(root, request.dockerfile, 'Dockerfile');
  if (dockerfile === null || !(await stat(dockerfile)).isFile()) {
    throw new BuildFailed(
      'dockerfile_missing',
      `There is no file ${quoted(request.dockerfile)} in this commit.`,
      'Commit a Dockerfile there, or name the right one as build.dockerfile in sconce.yaml (from the root of the repository).',
    );
  }
  await refuseForeignFrontend(dockerfile);
  return { context, dockerfile };
}

/** Null when nothing is there. */
async function resolveInside(root: string, path: string, what: string): Promise<string | null> {
  const outside = new BuildFailed(
    'path_outside_repository',
    `The ${what} ${quoted(path)} leads out of the repository.`,
    'Use a path inside the repository, without "..", and no link that leaves it.',
  );
  if (path.includes('\0') || isAbsolute(path) || path.split(/[\\/]/).includes('..')) throw outside;
  const real = await realpath(join(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(error.code ?? '')) return null;
    throw error;
  });
  if (real !== null && real !== root && !real.startsWith(root + sep)) throw outside;
  return real;
}

/** Enough for every parser directive: they end at the first line that is none. */
const directiveBytes = 16_384;

/**
 * `# syntax=` names an image that turns the Dockerfile into steps. A foreign one decides for itself what a step is, and so
 * steps around the limits: only Docker's own are let in.
 */
async function refuseForeignFrontend(dockerfile: string): Promise<void> {
  const file = await open(dockerfile);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(directiveBytes), 0, directiveBytes, 0);
    const frontend = parseFrontend(buffer.toString('utf8', 0, bytesRead));
    if (frontend === null || /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@][\w.:-]+)?$/.test(frontend))
      return;
    throw new BuildFailed(
      'config_invalid',
      `The Dockerfile asks to be read by ${quoted(frontend)}; only docker/dockerfile is allowed here.`,
      'Remove the "# syntax=" line, or use docker/dockerfile:1.',
    );
  } finally {
    await file.close();
  }
}

/** The image that a Dockerfile's first lines name as its reader (Dockerfile reference, "Parser directives"), or null. */
export function parseFrontend(text: string): string | null {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines[0]?.startsWith('#!')) lines.shift();
  if (/^\s*\{/.test(lines[0] ?? '')) return 'JSON';
  for (const line of lines) {
    const directive = /^\s*(?:#|\/\/)\s*([a-zA-Z][\w-]*)\s*=\s*(.+?)\s*$/.exec(line);
    if (directive === null) return null;
    if (directive[1]?.toLowerCase() === 'syntax') return directive[2]?.split(/\s/)[0] ?? null;
  }
  return null;
}

/** A name from a stranger as it goes into a message: one line, not too long. */
function quoted(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
  return `"${clean.length > 120 ? `${clean.slice(0, 120)}...` : clean}"`;
}
