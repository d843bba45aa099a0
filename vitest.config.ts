import { defineConfig } from 'vitest/config';

// Workspace packages are read from their sources, so tests never run against a stale build.
const conditions = ['sconce-source', 'node', 'module', 'default'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };
const needsServers = ['**/*.int.test.ts', '**/*.contract.test.ts'];
const ignored = ['**/node_modules/**', '**/dist/**', '**/.sconce/**'];
/** What runs on a Kubernetes, and so by itself: `npm test -- --project cluster` starts one. */
const onCluster = [
  ...needsServers.flatMap((glob) => [`libs/adapters/runtime-kubernetes/${glob}`, `libs/adapters/registry-oci/${glob}`]),
  'tests/cluster/**/*.test.ts',
];
const setupFiles = ['tests/support/seed.ts'];
/** As long as anything may take on a machine that is slow and busy with other things. Nobody waits for it where all is well. */
const poll = { timeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: [
            'libs/**/*.test.ts',
            'apps/**/*.test.ts',
            'tools/**/*.test.{ts,mjs}',
            'tests/dependency-rules/**/*.test.ts',
            'tests/docs/**/*.test.ts',
            'tests/commands/**/*.test.ts',
          ],
          exclude: [...ignored, ...needsServers],
          setupFiles,
          expect: { poll },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They change nothing that outlives them, so files may share what they load: half the time.
          isolate: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'engine',
          include: needsServers.flatMap((glob) => [`libs/${glob}`, `apps/${glob}`]),
          exclude: [...ignored, ...onCluster],
          setupFiles,
          expect: { poll },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'cluster',
          include: onCluster,
          exclude: ignored,
          setupFiles,
          expect: { poll },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'flow',
          include: ['tests/flow/**/*.test.ts'],
          exclude: ignored,
          expect: { poll },
          testTimeout: 900_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: ignored,
          // As long as a page may take on a machine that builds and starts containers meanwhile.
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
