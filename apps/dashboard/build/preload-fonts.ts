import type { Plugin } from 'vite';

/** The two files that every page in a Latin script shows; others are loaded when a character of theirs is. */
const wanted = /geist(?:-mono)?-latin-wght-normal-[\w-]+\.woff2$/;

/** Lets the browser fetch the fonts together with the script instead of after the style sheet: text is not set twice. */
export function preloadFonts(): Plugin {
  return {
    name: 'preload-fonts',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) =>
        Object.keys(bundle ?? {})
          .filter((name) => wanted.test(name))
          .map((name) => ({
            tag: 'link',
            attrs: { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${name}`, crossorigin: '' },
            injectTo: 'head' as const,
          })),
    },
  };
}
