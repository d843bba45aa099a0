import { defineConfig } from 'vite';
import { slimEndpoints } from '../dashboard/build/slim-endpoints.ts';

/** What `npm pack` puts into the package: the command with all it needs, in bundle/, with its commands as chunks that are loaded when they run. */
export default defineConfig({
  root: import.meta.dirname,
  ssr: { noExternal: true, resolve: { conditions: ['sconce-source', 'node', 'module', 'production'] } },
  build: {
    ssr: 'src/main.ts',
    outDir: 'bundle',
    emptyOutDir: true,
    target: 'node20',
    minify: true,
    license: { fileName: 'licenses.md' },
    reportCompressedSize: false,
    rolldownOptions: { output: { entryFileNames: 'main.js', chunkFileNames: '[name]-[hash].js' } },
  },
  plugins: [slimEndpoints()],
});
