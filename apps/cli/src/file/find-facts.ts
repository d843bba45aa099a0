/** A guess about a repository, and what it was guessed from. */
export interface Guess<Value> {
  readonly value: Value;
  readonly why: string;
}

export interface RepositoryFacts {
  /** Null: there is none. */
  readonly dockerfile: string | null;
  readonly port: Guess<number> | null;
  readonly gpu: Guess<boolean>;
  readonly probe: Guess<string> | null;
}

/** Text files of a repository by their path, `/` between folders. */
export type Files = ReadonlyMap<string, string>;

/** What can be told of a service from the files of its repository alone. */
export function findFacts(files: Files): RepositoryFacts {
  const dockerfile = findDockerfile(files);
  const text = dockerfile === null ? '' : (files.get(dockerfile) ?? '');
  return { dockerfile, port: findPort(dockerfile, text), gpu: guessGpu(files, dockerfile), probe: guessProbe(files) };
}

function findDockerfile(files: Files): string | null {
  const all = [...files.keys()].filter((path) => /(?:^|\/)(?:Dockerfile|Containerfile)$/.test(path));
  return all.sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))[0] ?? null;
}

/** The last stage decides; an `EXPOSE` of several ports, or of a variable, tells nothing. */
function findPort(path: string | null, text: string): Guess<number> | null {
  // Line by line: a pattern that looks ahead from each FROM takes the square of their number.
  const lines = text.split('\n');
  const last = lines.findLastIndex((line) => /^[ \t]*FROM/i.test(line));
  const stage = lines.slice(Math.max(0, last)).join('\n');
  const exposed = [...stage.matchAll(/^[ \t]*EXPOSE[ \t]+([^\n#]+)/gim)].flatMap((match) =>
    (match[1] ?? '').trim().split(/\s+/),
  );
  const ports = [...new Set(exposed)].flatMap((word) => /^(\d{1,5})(?:\/tcp)?$/i.exec(word)?.[1] ?? []);
  const port = Number(ports[0]);
  if (ports.length !== 1 || exposed.length !== 1 || port < 1 || port > 65_535) return null;
  return { value: port, why: `EXPOSE in ${path}` };
}

const requirements =
  /(?:^|\/)(?:requirements[\w.-]*\.(?:txt|in)|pyproject\.toml|environment\.ya?ml|Pipfile|setup\.(?:py|cfg))$/;
const needsGpu =
  /^[ \t"'-]*(vllm|flash[-_]attn|bitsandbytes|onnxruntime-gpu|tensorrt|cupy-cuda\w+|xformers|deepspeed|nvidia-[\w-]+|auto-gptq|triton)\b/im;
const likesGpu =
  /^[ \t"'-]*(torch|torchvision|torchaudio|tensorflow|jax|transformers|diffusers|sentence-transformers|pytorch)\b(?![-\w])/im;
const onCpu =
  /\+cpu\b|whl\/cpu\b|cpuonly|tensorflow-cpu|onnxruntime(?!-gpu)\b|device\s*=\s*["']cpu["']|python3-torch\b(?!-cuda)/i;

/** Yes, where something only runs on a GPU, or a framework that likes one is not the build for CPUs. */
function guessGpu(files: Files, dockerfile: string | null): Guess<boolean> {
  const docker = dockerfile === null ? '' : (files.get(dockerfile) ?? '');
  const base =
    /^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)?(\S*(?:cuda|nvidia|rocm|vllm|tritonserver|text-generation-inference)\S*)/im.exec(
      docker,
    )?.[1];
  if (base) return { value: true, why: `FROM ${base} in ${dockerfile}` };
  const lists = [...files].filter(([path]) => requirements.test(path));
  for (const [path, text] of lists) {
    const package_ = needsGpu.exec(text)?.[1];
    if (package_) return { value: true, why: `${package_} in ${path}` };
  }
  const cpu = [...lists, [dockerfile ?? '', docker] as const].find(([, text]) => onCpu.test(text));
  if (cpu) return { value: false, why: `${cpu[0]} takes the build for CPUs` };
  const installed = findInstalled(docker);
  for (const [path, text] of lists) {
    const package_ = likesGpu.exec(text)?.[1];
    if (package_) return { value: true, why: `${package_} in ${path}` };
  }
  if (installed) return { value: true, why: `${installed} in ${dockerfile}` };
  return { value: false, why: 'nothing here asks for one' };
}

/** The first framework on a line that installs with pip. */
function findInstalled(docker: string): string | undefined {
  for (const line of docker.split('\n')) {
    const at = line.search(/pip3?\s+install/);
    const found = at < 0 ? null : /\b(torch|vllm|transformers|tensorflow)\b/.exec(line.slice(at));
    if (found) return found[1];
  }
  return undefined;
}

const probePaths = ['/healthz', '/readyz', '/health/ready', '/v2/health/ready', '/health', '/ready', '/livez', '/ping'];

/** The first of the usual paths that a source serves: as a whole string, so that a URL of something else is none. */
function guessProbe(files: Files): Guess<string> | null {
  const sources = [...files].filter(([path]) => /\.(?:py|js|mjs|ts|go|rs|toml|yaml|yml)$/.test(path));
  for (const path of probePaths) {
    const quoted = new RegExp(`["'\`]${path}/?["'\`]`);
    const found = sources.find(([, text]) => quoted.test(text));
    if (found) return { value: path, why: `found in ${found[0]}` };
  }
  return null;
}
