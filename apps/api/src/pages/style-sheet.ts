/** One small sheet for the pages that need no script, light and dark, in the dashboard's colours (apps/dashboard/src/styles/tokens.css). */
export const styleSheet = `:root {
  color-scheme: dark light;
  --ground: light-dark(oklch(98.4% 0.004 85), oklch(16.5% 0.012 265)); --well: light-dark(oklch(96.6% 0.005 85), oklch(13.8% 0.011 265));
  --text: light-dark(oklch(21% 0.02 265), oklch(95.5% 0.006 85)); --text-2: light-dark(oklch(44% 0.018 265), oklch(76% 0.014 265));
  --line: light-dark(oklch(90.6% 0.006 85), oklch(27.5% 0.016 265)); --flame: light-dark(oklch(50% 0.12 55), oklch(81% 0.145 72));
  --flame-fill: light-dark(oklch(79% 0.155 72), oklch(81% 0.145 72)); --on-flame: oklch(21% 0.035 70);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px/20px system-ui, sans-serif; }
header { padding: 14px 24px; }
.mark { color: var(--text); font-weight: 600; text-decoration: none; }
main { max-width: 448px; margin: 16vh auto 0; padding: 0 24px 64px; }
h1 { font-size: 20px; line-height: 28px; margin: 0 0 8px; letter-spacing: -0.01em; }
p { margin: 0 0 16px; color: var(--text-2); }
a { color: inherit; }
code { font: 13px/20px ui-monospace, monospace; background: var(--well); border: 1px solid var(--line); border-radius: 4px; padding: 1px 5px; color: var(--text); }
button { font: inherit; font-weight: 500; height: 32px; color: var(--on-flame); background: var(--flame-fill); border: 0; border-radius: 6px; padding: 0 12px; cursor: pointer; }
:focus-visible { outline: 2px solid var(--flame); outline-offset: 2px; }
`;

/** A flame in its bracket. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#d9751e" d="M16 2c1 5 6 7 6 13a6 6 0 0 1-12 0c0-3 2-4 3-7 1 2 2 3 3 3 1-3 0-6 0-9z"/><path fill="#8a8178" d="M9 23h14v3a4 4 0 0 1-4 4h-6a4 4 0 0 1-4-4z"/></svg>`;
