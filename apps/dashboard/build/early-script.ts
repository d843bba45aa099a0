import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const id = fileURLToPath(new URL('../src/app/early.ts', import.meta.url));

/** Builds `early.ts` as a file of its own and lets the page begin with it: what it asks for comes while the browser fetches and reads the large script. */
export function earlyScript(): Plugin {
  return {
    name: 'early-script',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'chunk', id, name: 'early' });
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
