const durationUnitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `5m`, `1h30m`, `2d` in milliseconds; null when it is none of these. */
export function parseDurationMs(text: string): number | null {
  if (!/^(?:\d{1,9}(?:ms|s|m|h|d))+$/.test(text)) return null;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g))
    total += Number(count) * (durationUnitsMs[unit ?? ''] ?? 0);
  return Number.isSafeInteger(total) ? total : null;
}

const sizeUnitsBytes: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** `512Mi`, `2Gi`, `1.5Gi`, `500M` (decimal) in MiB, rounded up; null when it is none of these or is nothing. */
export function parseSizeMiB(text: string): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(Ki|Mi|Gi|Ti|k|M|G|T)$/.exec(text);
  if (!match) return null;
  const bytes = Number(match[1]) * (sizeUnitsBytes[match[2] ?? ''] ?? 0);
  const size = Math.ceil(bytes / 2 ** 20);
  return size > 0 && Number.isSafeInteger(size) ? size : null;
}

/** `1`, `0.5`, `250m` in thousandths of a core; null when it is none of these or is nothing. */
export function parseCpuMilli(text: string): number | null {
  const milli = /^\d{1,7}m$/.test(text)
    ? Number(text.slice(0, -1))
    : /^\d{1,4}(?:\.\d{1,3})?$/.test(text)
      ? Math.round(Number(text) * 1_000)
      : 0;
  return milli > 0 ? milli : null;
}
