import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { earlyLists, earlyPerson } from '../src/app/early-lists.ts';

const id = fileURLToPath(new URL('../src/app/early.ts', import.meta.url));

/** What the API adds to the page's head for those who are signed in: their lists are on their way before any script runs. */
const forMembers = [earlyPerson, ...earlyLists]
  .map((path) => `<link rel="preload" as="fetch" href="${path.replaceAll('&', '&amp;')}" crossorigin>`)
  .join('');

/** Builds `early.ts` as a file of its own and lets the page begin with it: what it asks for comes while the browser fetches and reads the large script. */
export function earlyScript(): Plugin {
  return {
    name: 'early-script',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'chunk', id, name: 'early' });
      this.emitFile({ type: 'asset', fileName: 'signed-in-head.html', source: forMembers });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const early = Object.values(bundle ?? {}).find((one) => one.type === 'chunk' && one.facadeModuleId === id);
        if (!early) throw new Error(`${id} was not built`);
        return [
          { tag: 'script', attrs: { type: 'module', async: '', src: `/${early.fileName}` }, injectTo: 'head-prepend' },
        ];
      },
    },
  };
}
