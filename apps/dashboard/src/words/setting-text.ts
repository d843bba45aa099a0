import type { Service } from '@sconce/contract';
import { digits } from './digits.ts';

/** How a setting is typed, and what it is then. `none` is what the API takes for "nothing". */
export type Parsed = { readonly value: unknown } | { readonly mistake: string };

export interface TextForm {
  /** Of a value as it applies; null: there is none. */
  format(value: unknown): string;
  parse(text: string): Parsed;
}

const numberForm = (min: number, max: number): TextForm => ({
  format: (value) => (value === null || value === undefined ? '' : String(value)),
  parse: (text) => {
    const number = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
    return number >= min && number <= max
      ? { value: number }
      : { mistake: `A whole number from ${min} to ${digits(max)}.` };
  },
});
export const wholeForm = numberForm;

/** Empty says "nothing", also where `sconce.yaml` names something. */
export const orNone = (form: TextForm): TextForm => ({
  format: form.format,
  parse: (text) => (text.trim() === '' || text.trim() === 'none' ? { value: 'none' } : form.parse(text)),
});

/** `1.5` of 1,500 thousandths. */
export const cpuForm: TextForm = {
  format: (value) => (typeof value === 'number' ? String(value / 1_000) : ''),
  parse: (text) => {
    const cpus = /^\d{1,4}(?:\.\d{1,3})?$/.test(text.trim()) ? Number(text) : 0;
    return cpus >= 0.01 ? { value: Math.round(cpus * 1_000) } : { mistake: 'CPUs, as 0.5 or 4.' };
  },
};

const inMiB: Readonly<Record<string, number>> = { m: 1, g: 1_024, t: 1_024 * 1_024 };

/** `2 GiB`, `512 MiB`; `2Gi` and `2g` are read too. */
export const memoryForm: TextForm = {
  format: (value) => {
    if (typeof value !== 'number') return '';
    return value % 1_024 === 0 ? `${value / 1_024} GiB` : `${value} MiB`;
  },
  parse: (text) => {
    const [, count, unit = ''] = /^(\d{1,7}(?:\.\d{1,3})?)\s*([mgt])(?:i?b?)$/i.exec(text.trim()) ?? [];
    const mebibytes = Math.round(Number(count) * (inMiB[unit.toLowerCase()] ?? 0));
    return mebibytes >= 1 ? { value: mebibytes } : { mistake: 'A size, as 512 MiB or 2 GiB.' };
  },
};

const inMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30 s`, `5 min`, `500 ms`: in the largest unit that says it whole. */
export const durationForm: TextForm = {
  format: (value) => {
    if (typeof value !== 'number') return '';
    const unit = (['d', 'h', 'min', 's'] as const).find((one) => value > 0 && value % (inMs[one] ?? 1) === 0) ?? 'ms';
    return `${value / (inMs[unit] ?? 1)} ${unit}`;
  },
  parse: (text) => {
    const [, count, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|min|m|h|d)$/i.exec(text.trim()) ?? [];
    return count === undefined
      ? { mistake: 'A time, as 500 ms, 30 s, 5 min or 1 h.' }
      : { value: Math.round(Number(count) * (inMs[unit.toLowerCase()] ?? 1)) };
  },
};

export const lineForm: TextForm = {
  format: (value) => (typeof value === 'string' ? value : ''),
  parse: (text) => (text.trim() === '' ? { mistake: 'It cannot be empty.' } : { value: text.trim() }),
};

/** One in a line. */
export const listForm: TextForm = {
  format: (value) => (Array.isArray(value) ? value.join('\n') : ''),
  parse: (text) => ({ value: text.split('\n').filter((line) => line.trim() !== '') }),
};

/** `NAME=value`, one in a line. */
export const pairsForm: TextForm = {
  format: (value) =>
    Object.entries((value ?? {}) as Record<string, string>)
      .map(([name, text]) => `${name}=${text}`)
      .join('\n'),
  parse: (text) => {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const wrong = lines.find((line) => !/^[A-Za-z_]\w{0,127}=/.test(line));
    if (wrong !== undefined) return { mistake: `NAME=value in each line; not ${wrong.slice(0, 40)}` };
    return {
      value: Object.fromEntries(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)])),
    };
  },
};

type Sidecar = Service['effectiveSettings']['sidecars'][number];

interface Volume {
  readonly name: string;
  readonly path: string;
  readonly sizeMiB: number | null;
}

/** `cache /models 20 GiB`, one in a line; the size may be missing. */
export const volumesForm: TextForm = {
  format: (value) =>
    ((value ?? []) as readonly Volume[])
      .map(({ name, path, sizeMiB }) => [name, path, memoryForm.format(sizeMiB)].filter(Boolean).join(' '))
      .join('\n'),
  parse: (text) => {
    const volumes: Volume[] = [];
    for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
      const [, name, path, size] = /^\s*([a-z0-9-]+)\s+(\/\S*)(?:\s+(.+?))?\s*$/.exec(line) ?? [];
      const parsed = size === undefined ? { value: null } : memoryForm.parse(size);
      if (name === undefined || path === undefined || 'mistake' in parsed)
        return {
          mistake: `A name, a path and a size in each line, as: cache /models 20 GiB; not ${line.slice(0, 40)}`,
        };
      volumes.push({ name, path, sizeMiB: parsed.value as number | null });
    }
    return { value: volumes };
  },
};

/** `cache redis:7`, or all of it as JSON; one in a line. */
export const sidecarsForm: TextForm = {
  format: (value) => ((value ?? []) as readonly Sidecar[]).map(sidecarLine).join('\n'),
  parse: (text) => {
    const sidecars: unknown[] = [];
    for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
      const sidecar = readSidecar(line.trim());
      if (sidecar === null)
        return { mistake: `A name and an image in each line, as: cache redis:7, or JSON; not ${line.slice(0, 40)}` };
      sidecars.push(sidecar);
    }
    return { value: sidecars };
  },
};

const bareSidecar = { command: null, env: {}, sharesVariables: false, cpuMilli: null, memoryMiB: null };

/** As JSON only what is otherwise than it is without saying. */
function sidecarLine({ name, image, ...rest }: Sidecar): string {
  const said = Object.entries(rest).filter(([key, value]) => {
    return JSON.stringify(value) !== JSON.stringify(bareSidecar[key as keyof typeof bareSidecar]);
  });
  return said.length === 0 ? `${name} ${image}` : JSON.stringify({ name, image, ...Object.fromEntries(said) });
}

function readSidecar(line: string): object | null {
  const [, name, image] = /^([a-z0-9-]+)\s+(\S+)$/.exec(line) ?? [];
  if (name !== undefined) return { name, image, ...bareSidecar };
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...bareSidecar, ...value } : null;
  } catch {
    return null;
  }
}

/** As JSON: it is chosen, not typed. */
export const gpuForm: TextForm = {
  format: (value) => {
    if (typeof value !== 'object' || value === null) return 'none';
    const { product, count, memoryMiB } = value as Record<string, unknown>;
    return JSON.stringify({ product: product ?? null, count, memoryMiB: memoryMiB ?? null });
  },
  parse: (text) => ({ value: text === 'none' ? 'none' : (JSON.parse(text) as unknown) }),
};
