import { bundleApp } from './bundle.mjs';

/** What `npm pack` in apps/cli packs. In the checkout itself the compiled files run. */
export const bundleCommandLine = () =>
  bundleApp({
    app: 'cli',
    out: 'bundle',
    sources: ['apps/cli/src', 'apps/dashboard/build', 'libs/contract/src'],
    files: ['package.json', 'vite.config.ts', 'tsconfig.json'],
  });
