import { defineConfig } from 'vite';
import { compressFiles } from './build/compress-files.ts';
import { earlyScript } from './build/early-script.ts';
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
      // What several pages share is one file: as thirty small ones it was 12 KB more over the wire, each with a head of its own.
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'shared',
              test: /src[/](?:parts|words|api|app)[/]|node_modules[/](?:wouter|use-sync-external-store|regexparam|@tanstack)|[.]module[.]css/,
              minShareCount: 3,
            },
          ],
        },
      },
      // "use client" says nothing to a page that has no server side.
      onLog: (level, log, handle) => log.code === 'MODULE_LEVEL_DIRECTIVE' || handle(level, log),
    },
  },
  plugins: [slimEndpoints(), earlyScript(), preloadFonts(), compressFiles()],
});
