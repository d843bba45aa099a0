import { defineConfig } from 'vite';
import { compressFiles } from './build/compress-files.ts';
import { preloadFonts } from './build/preload-fonts.ts';
import { slimEndpoints } from './build/slim-endpoints.ts';

/** Everything goes to dist/site: index.html, and under assets/ files whose names change with what is in them. */
export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['sconce-source', 'module', 'browser', 'production'] },
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    // What browsers of the last two years have.
    target: 'es2023',
    cssTarget: 'chrome123',
    // The policy allows no data: URLs, and small files are cached as well as large ones.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One style sheet, 12 KB over the wire, for all pages: none can be cut off later and leave a page bare, and nothing shifts when one comes.
    cssCodeSplit: false,
    reportCompressedSize: false,
    rolldownOptions: {
      // "use client" says nothing to a page that has no server side.
      onLog: (level, log, handle) => log.code === 'MODULE_LEVEL_DIRECTIVE' || handle(level, log),
    },
  },
  plugins: [slimEndpoints(), preloadFonts(), compressFiles()],
});
