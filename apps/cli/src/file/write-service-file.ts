/** What a new `sconce.yaml` says; `why` is written beside what was guessed. */
export interface NewServiceFile {
  readonly service: string;
  readonly dockerfile: string;
  readonly port: { readonly value: number; readonly why: string } | null;
  readonly probe: { readonly value: string; readonly why: string } | null;
  readonly gpu: { readonly value: string; readonly why: string };
}

/** A file that teaches: what is set, why, and in comments what else can be. */
export function writeServiceFile({ service, dockerfile, port, probe, gpu }: NewServiceFile): string {
  const folder = dockerfile.split('/').slice(0, -1).join('/');
  const rows: [string, string][] = [
    ['services:', ''],
    [`  ${service}:`, ''],
    ...(dockerfile === 'Dockerfile'
      ? ([['    # build: { dockerfile: Dockerfile, context: . }', 'how it is built; these are the defaults']] as [
          string,
          string,
        ][])
      : ([
          [`    build: { dockerfile: ${dockerfile}, context: ${folder === '' ? '.' : folder} }`, 'how it is built'],
        ] as [string, string][])),
    port
      ? [`    port: ${port.value}`, `what it listens on: ${port.why}`]
      : ['    # port: 8000', 'what it listens on; without it the image’s only EXPOSE'],
    ['    probe:', ''],
    probe
      ? [`      path: ${probe.value}`, `answers 200-399 once it is ready: ${probe.why}`]
      : [
          '      # path: /healthz',
          'a path that answers 200-399 once it is ready; without it, an accepted connection does',
        ],
    ['      startupTimeout: 5m', 'how long it may take to load its model'],
    ['    resources:', ''],
    [`      gpu: ${gpu.value}`, `L4, H100:2, 24GB, none: ${gpu.why}`],
    ['      # cpu: 1', 'cores'],
    ['      # memory: 2Gi', ''],
    ['    # scaling: { min: 1, max: 1 }', 'replicas'],
    ['    # env: { LOG_LEVEL: info }', 'plain values'],
    ['    # secrets: [hub]', 'secret groups: printf %s "$TOKEN" | sconce secrets set TOKEN --group hub'],
    ['    # volumes: [{ name: cache, path: /models, size: 20Gi }]', 'data that stays'],
    ['    # sidecars: [{ name: cache, image: redis:7, memory: 256Mi }]', 'processes beside it, on localhost'],
  ];
  const width = Math.max(...rows.filter(([, about]) => about !== '').map(([code]) => code.length));
  const lines = rows.map(([code, about]) => (about === '' ? code : `${code.padEnd(width)}  # ${about}`));
  return [
    '# How Sconce builds and runs what is in this repository. It is applied with the commit it is in.',
    '# See what it would change: sconce plan. Deploy it: commit, then sconce deploy.',
    ...lines,
    '',
  ].join('\n');
}
