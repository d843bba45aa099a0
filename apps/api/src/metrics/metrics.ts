/** Counters of this process, shown in OpenMetrics text. */
export class Metrics {
  readonly #counts = new Map<string, number>();
  readonly #gauges = new Map<string, { readonly help: string; readonly read: () => number }>();
  readonly #durations = new Map<string, { buckets: number[]; sum: number; count: number }>();

  count(name: string, labels: Readonly<Record<string, string>> = {}): void {
    const key = `${name}_total${toLabels(labels)}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  gauge(name: string, help: string, read: () => number): void {
    this.#gauges.set(name, { help, read });
  }

  /** Labels have to be of a closed set: endpoints' names, not paths. */
  observe(action: string, seconds: number): void {
    const held = this.#durations.get(action) ?? { buckets: bounds.map(() => 0), sum: 0, count: 0 };
    for (const [index, bound] of bounds.entries())
      if (seconds <= bound) held.buckets[index] = (held.buckets[index] ?? 0) + 1;
    held.sum += seconds;
    held.count += 1;
    this.#durations.set(action, held);
  }

  text(): string {
    const lines: string[] = [];
    let family = '';
    for (const [key, value] of [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const name = key.slice(0, key.indexOf('_total'));
      if (name !== family) lines.push(`# TYPE ${name} counter`);
      family = name;
      lines.push(`${key} ${value}`);
    }
    for (const [name, { help, read }] of this.#gauges)
      lines.push(`# TYPE ${name} gauge`, `# HELP ${name} ${help}`, `${name} ${read()}`);
    lines.push(
      '# TYPE sconce_api_request_duration_seconds histogram',
      '# UNIT sconce_api_request_duration_seconds seconds',
    );
    for (const [action, held] of this.#durations) lines.push(...histogram(action, held));
    return `${lines.join('\n')}\n# EOF\n`;
  }
}

const bounds = [0.005, 0.025, 0.1, 0.5, 2.5, 10];

function histogram(action: string, held: { buckets: number[]; sum: number; count: number }): string[] {
  const name = 'sconce_api_request_duration_seconds';
  const buckets = bounds.map(
    (bound, index) => `${name}_bucket${toLabels({ action, le: String(bound) })} ${held.buckets[index]}`,
  );
  const labels = toLabels({ action });
  return [
    ...buckets,
    `${name}_bucket${toLabels({ action, le: '+Inf' })} ${held.count}`,
    `${name}_sum${labels} ${held.sum}`,
    `${name}_count${labels} ${held.count}`,
  ];
}

function toLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value.replace(/["\\\n]/g, '_')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
