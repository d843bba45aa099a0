import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeployPlan } from '@sconce/core';
import { planExample } from '@sconce/engine';
import type { Log } from '@sconce/foundation';

/** A folder that can be deployed as it stands. */
export interface Example {
  readonly slug: string;
  /** Heading of its README. */
  readonly title: string;
  /** The README's first paragraph, as plain text. */
  readonly about: string;
  readonly plan: DeployPlan;
  /** What its first commit holds, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const mostFiles = 200;
const mostBytes = 16 * 1024 * 1024;
const leftOut = /^(?:\.git|node_modules|__pycache__|\.DS_Store)$/;

/** Those there are when the server starts, by slug. Without the folder there are none, which is nobody's fault. */
export async function readExamples(directory: string, log: Log): Promise<ReadonlyMap<string, Example>> {
  const names = await readdir(directory).catch(() => []);
  const found = new Map<string, Example>();
  for (const slug of names.filter((name) => /^[a-z0-9][a-z0-9-]{0,39}$/.test(name)).sort()) {
    try {
      const files = await readFiles(join(directory, slug));
      if (!files.has('Dockerfile')) continue;
      const readme = new TextDecoder().decode(files.get('README.md') ?? new Uint8Array());
      found.set(slug, { slug, ...introduce(slug, readme), plan: await planExample(slug, files), files });
    } catch (error) {
      log.warn({ err: error, example: slug }, 'an example could not be read');
    }
  }
  return found;
}

async function readFiles(directory: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  const walk = async (within: string) => {
    for (const entry of await readdir(join(directory, within), { withFileTypes: true })) {
      if (leftOut.test(entry.name)) continue;
      const path = within === '' ? entry.name : `${within}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      // Links are left out: they may lead anywhere.
      if (!entry.isFile()) continue;
      bytes += (await stat(join(directory, path))).size;
      if (files.size >= mostFiles || bytes > mostBytes) throw new Error(`${directory} is too large for an example`);
      files.set(path, await readFile(join(directory, path)));
    }
  };
  await walk('');
  return files;
}

/** A README's heading and first paragraph. */
export function introduce(slug: string, readme: string): { readonly title: string; readonly about: string } {
  const title = /^#\s+(.{1,100})$/m.exec(readme)?.[1]?.trim() ?? slug;
  const paragraph = readme
    .split(/\n\s*\n/)
    .map((text) => text.trim())
    .find((text) => text !== '' && !/^(?:#|```|\||!\[| {4})/.test(text));
  const plain = (paragraph ?? '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`]+/g, '')
    .replace(/\s+/g, ' ');
  return { title, about: plain.length > 300 ? `${plain.slice(0, 299)}…` : plain };
}
