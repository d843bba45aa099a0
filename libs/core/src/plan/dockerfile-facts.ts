export interface DockerfileFacts {
  /** Of EXPOSE in the last stage, TCP, as they stand. */
  readonly ports: readonly number[];
  /** `--port 8000` or `0.0.0.0:8000` in its command. */
  readonly commandPort: number | null;
  /** Path that HEALTHCHECK asks. */
  readonly healthPath: string | null;
  /** Its base, where that is one with CUDA in it. */
  readonly cudaBase: string | null;
}

const cuda = /\bcuda|\/(?:vllm|tritonserver|tgi|text-generation-inference)\b|^nvcr\.io\//i;

/** Reads what a Dockerfile says about running its last stage. Strangers wrote it: anything that cannot be read says nothing. */
export function dockerfileFacts(text: string): DockerfileFacts {
  const lines = toInstructions(text);
  const from = lines.findLastIndex(({ name }) => name === 'FROM');
  const last = lines.slice(Math.max(0, from));
  const base = /^(?:--\S+\s+)*(\S{1,200})/.exec(lines[from]?.rest ?? '')?.[1] ?? '';
  const command = last
    .filter(({ name }) => name === 'CMD' || name === 'ENTRYPOINT')
    .map(({ rest }) => rest)
    .join(' ');
  const health = last.findLast(({ name }) => name === 'HEALTHCHECK')?.rest ?? '';
  return {
    ports: last.filter(({ name }) => name === 'EXPOSE').flatMap(({ rest }) => portsOf(rest)),
    commandPort: toPort(/(?:--port[=\s",']+|0\.0\.0\.0:|-b\s+:)(\d{1,5})\b/.exec(command)?.[1]),
    healthPath: /https?:\/\/[\w.-]+(?::\d+)?(\/[\w./-]{1,100})/.exec(health)?.[1] ?? null,
    cudaBase: cuda.test(base) ? base : null,
  };
}

const mostLines = 2_000;

function toInstructions(text: string): { readonly name: string; readonly rest: string }[] {
  const joined = text.slice(0, 200_000).replace(/\\[ \t]*\r?\n/g, ' ');
  return joined
    .split(/\r?\n/)
    .slice(0, mostLines)
    .flatMap((line) => {
      const [, name = '', rest = ''] = /^\s*([A-Za-z]{2,15})\s+(.*)$/.exec(line) ?? [];
      return name === '' ? [] : [{ name: name.toUpperCase(), rest: rest.trim() }];
    });
}

function portsOf(rest: string): number[] {
  return rest.split(/\s+/).flatMap((one) => toPort(/^(\d{1,5})(?:\/tcp)?$/i.exec(one)?.[1]) ?? []);
}

function toPort(text: string | undefined): number | null {
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : null;
}
