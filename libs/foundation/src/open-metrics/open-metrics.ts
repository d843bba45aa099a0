/** One value of a family. `suffix` is what OpenMetrics appends to its name: `_total` of counters, `_bucket`, `_sum` and `_count` of histograms. */
export interface MetricSample {
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  /** With its unit at the end, where it has one: `sconce_api_request_duration_seconds`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit?: 'seconds' | 'bytes' | 'ratio';
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export const gauge = (name: string, help: string, samples: readonly MetricSample[] | number): MetricFamily => ({
  name,
  type: 'gauge',
  help,
  samples: typeof samples === 'number' ? [{ value: samples }] : samples,
});

export const counter = (name: string, help: string, samples: readonly MetricSample[] | number): MetricFamily => ({
  name,
  type: 'counter',
  help,
  samples: (typeof samples === 'number' ? [{ value: samples }] : samples).map((sample) => ({
    suffix: '_total',
    ...sample,
  })),
});

/** Counts per bucket become cumulative, as the format wants them. `bounds` are upper ones; the last count has none. */
export function histogramSamples(
  bounds: readonly number[],
  counts: readonly number[],
  sum: number,
  labels: Readonly<Record<string, string>> = {},
): MetricSample[] {
  let total = 0;
  const buckets = counts.map((count, index) => {
    total += count;
    return { suffix: '_bucket', labels: { ...labels, le: String(bounds[index] ?? '+Inf') }, value: total };
  });
  return [...buckets, { suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: total }];
}

/** The exposition text that Prometheus and its kin read (OpenMetrics 1.0). */
export function renderOpenMetrics(families: readonly MetricFamily[]): string {
  return `${[...families.flatMap(renderFamily), '# EOF'].join('\n')}\n`;
}

function renderFamily({ name, type, unit, help, samples }: MetricFamily): string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ suffix = '', labels = {}, value }) => `${name}${suffix}${renderLabels(labels)} ${value}`),
  ];
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
}
