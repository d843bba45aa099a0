import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { ensureHelm } from '../../tools/local-cluster/programs/helm.mjs';

const run = promisify(execFile);
export const chart = fileURLToPath(new URL('../../helm/sconce', import.meta.url));

export interface Rendered {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: unknown;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface Helm {
  /** Rejects with all that it printed. */
  (...words: string[]): Promise<string>;
  /** What the chart makes of these values. */
  render(values: object, namespace?: string): Promise<readonly Rendered[]>;
}

/** The real helm, on the cluster of `KUBECONFIG` where the command asks one. */
export async function openHelm(): Promise<Helm> {
  const program = await ensureHelm({ doing: () => {} });
  const helm = async (...words: string[]) => {
    const { stdout } = await run(program, words, { maxBuffer: 1 << 26, timeout: 590_000 });
    return stdout;
  };
  return Object.assign(helm, {
    async render(values: object, namespace = 'sconce-system') {
      const text = await helm('template', 'sconce', chart, '--namespace', namespace, ...toWords(values));
      return parseAllDocuments(text).flatMap((document) => (document.toJS() as Rendered | null) ?? []);
    },
  });
}

/** Values as words of the command line, each as JSON. */
export const toWords = (values: object): string[] =>
  Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`]);
