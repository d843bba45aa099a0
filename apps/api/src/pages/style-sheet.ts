/** One small sheet for all pages, light and dark. */
export const styleSheet = `:root {
  --ground: #faf9f7; --paper: #fff; --ink: #1d1b18; --soft: #6b6660; --line: #e5e1db; --flame: #b4540a; --good: #1f7a3d; --wait: #8a6100; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #151412; --paper: #1e1c1a; --ink: #ece8e1; --soft: #a09a91; --line: #34302b; --flame: #f0a35c; --good: #6cc08b; --wait: #e0b458; --bad: #f2938c; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
header { border-bottom: 1px solid var(--line); padding: 0.9rem 1.5rem; background: var(--paper); }
.mark { color: var(--flame); font-weight: 650; letter-spacing: 0.01em; text-decoration: none; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 0.75rem; }
h2 { font-size: 1.05rem; margin: 2.25rem 0 0.6rem; }
p { margin: 0 0 1rem; max-width: 44rem; }
a { color: var(--flame); }
code, pre { font: 0.9em/1.5 ui-monospace, monospace; }
code { background: var(--paper); border: 1px solid var(--line); border-radius: 4px; padding: 0.05em 0.35em; }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 0.9rem 1rem; overflow-x: auto; max-width: 44rem; }
pre code { border: 0; padding: 0; background: none; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.6rem 0.9rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
th { font-weight: 550; color: var(--soft); font-size: 0.85rem; }
.whole { white-space: nowrap; max-width: 26rem; overflow: hidden; text-overflow: ellipsis; }
.state { white-space: nowrap; font-weight: 550; }
.live { color: var(--good); } .building, .deploying, .degraded { color: var(--wait); } .down { color: var(--bad); } .empty { color: var(--soft); }
button { font: inherit; font-weight: 550; color: var(--paper); background: var(--flame); border: 0; border-radius: 6px; padding: 0.55rem 1.1rem; cursor: pointer; }
button.quiet { background: none; color: var(--soft); padding: 0; text-decoration: underline; font-weight: 400; }
:focus-visible { outline: 2px solid var(--flame); outline-offset: 2px; }
footer { margin-top: 3rem; color: var(--soft); font-size: 0.9rem; display: flex; gap: 1.5rem; flex-wrap: wrap; align-items: baseline; }
`;

/** A flame in its bracket. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#d9751e" d="M16 2c1 5 6 7 6 13a6 6 0 0 1-12 0c0-3 2-4 3-7 1 2 2 3 3 3 1-3 0-6 0-9z"/><path fill="#8a8178" d="M9 23h14v3a4 4 0 0 1-4 4h-6a4 4 0 0 1-4-4z"/></svg>`;
