import { bundleApp } from './bundle.mjs';

/** What the api serves. */
export const bundleDashboard = () =>
  bundleApp({
    app: 'dashboard',
    out: 'dist',
    sources: ['apps/dashboard/src', 'apps/dashboard/build', 'libs/contract/src'],
    files: ['index.html', 'package.json', 'vite.config.ts', 'tsconfig.json'],
  });
