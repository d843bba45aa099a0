import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const sheet = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

type Theme = 'light' | 'dark';
/** Linear sRGB. */
type Rgb = readonly [number, number, number];

/** `oklch(16% 0.012 265)`; the matrices are those of CSS Color 4. */
function toRgb(css: string): Rgb {
  const match = /^oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)$/.exec(css.trim());
  if (!match) throw new Error(`no opaque oklch colour: ${css}`);
  const [lightness, chroma, hue] = [Number(match[1]) / 100, Number(match[2]), (Number(match[3]) * Math.PI) / 180];
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** Relative luminance of WCAG 2, of what a screen without a wider gamut shows. */
function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((part) => Math.min(1, Math.max(0, part))) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ratio(front: string, back: string): number {
  const [brighter = 0, darker = 0] = [luminance(toRgb(front)), luminance(toRgb(back))].sort((x, y) => y - x);
  return (brighter + 0.05) / (darker + 0.05);
}

function token(name: string, theme: Theme): string {
  const value = new RegExp(`--${name}: ([^;]+);`).exec(sheet)?.[1]?.trim();
  if (value === undefined) throw new Error(`no token --${name}`);
  const reference = /^var\(--([\w-]+)\)$/.exec(value)?.[1];
  if (reference) return token(reference, theme);
  const pair = /^light-dark\((oklch\([^)]*\)), (oklch\([^)]*\))\)$/.exec(value);
  return (theme === 'light' ? pair?.[1] : pair?.[2]) ?? value;
}

const surfaces = ['ground', 'paper', 'well', 'hover'];
const washes = ['failed-wash', 'waiting-wash', 'removed-wash', 'added-wash', 'found-wash'];
const promises: readonly (readonly [string, readonly string[], number])[] = [
  ['text', [...surfaces, ...washes], 7],
  ['text-2', [...surfaces, 'failed-wash', 'waiting-wash', 'removed-wash', 'added-wash'], 4.5],
  ...['flame', 'live', 'moving', 'waiting', 'asleep', 'failed', 'paused'].map((name) => [name, surfaces, 4.5] as const),
  ...['said-yellow', 'said-cyan'].map((name) => [name, ['well', 'paper', 'hover'], 4.5] as const),
  ['failed', ['failed-wash', 'removed-wash'], 4.5],
  ['live', ['added-wash'], 4.5],
  ['waiting', ['waiting-wash'], 4.5],
  ['on-flame', ['flame-fill', 'flame-fill-hover'], 7],
  ...['graph-a', 'graph-b', 'graph-c'].map((name) => [name, ['ground', 'paper'], 4.5] as const),
  ['edge', ['ground', 'paper', 'well'], 3],
  // The ring around what has the focus, WCAG 2.4.11.
  ['flame', surfaces, 3],
];

describe.each(['dark', 'light'] as const)('%s colours', (theme) => {
  it.each(promises)('--%s on %j has %d:1', (front, backs, least) => {
    const found = backs.map((back) => [back, ratio(token(front, theme), token(back, theme))] as const);
    expect(found.filter(([, got]) => got < least).map(([back, got]) => `${back} ${got.toFixed(2)}`)).toEqual([]);
  });

  it('can be told from each other', () => {
    expect(ratio('oklch(100% 0 0)', 'oklch(0% 0 0)')).toBeCloseTo(21, 1);
    expect(ratio('oklch(62.8% 0.2577 29.23)', 'oklch(100% 0 0)')).toBeCloseTo(4, 1);
  });
});

describe('the sheet', () => {
  const names = [...sheet.matchAll(/^\s+(--[\w-]+):/gm)].map((match) => match[1]);
  const source = new URL('../', import.meta.url);
  const others = globSync('**/*.{css,tsx}', { cwd: source }).filter((path) => !path.endsWith('tokens.css'));

  it('names each token once', () => {
    expect(names.filter((name, index) => names.indexOf(name) !== index && name !== '--motion')).toEqual([]);
  });

  it.each(others)('has the colours of %s, which uses only what is there', (path) => {
    const text = readFileSync(new URL(path, source), 'utf8');
    expect(text.match(/oklch\(|rgba?\(|hsla?\(|#[0-9a-f]{3,8}\b(?!['"\w])/gi) ?? []).toEqual([]);
    const own = [...text.matchAll(/(--[\w-]+):/g)].map((match) => match[1]);
    const used = [...text.matchAll(/var\((--[\w-]+)/g)].map((match) => match[1]);
    expect(used.filter((name) => !names.includes(name) && !own.includes(name))).toEqual([]);
  });
});
