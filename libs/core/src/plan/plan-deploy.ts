import { dockerfileFacts } from './dockerfile-facts.ts';
import { pythonFacts } from './python-facts.ts';

/** What was read of a commit: texts by path, as far as they are there. */
export interface LookedAt {
  /** Of the repository: a slug for the service comes from it. */
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** What `sconce.yaml` names, with what it says there; null: there is no such file. */
  readonly declared: readonly DeclaredService[] | null;
  /** Why `sconce.yaml` cannot be used. */
  readonly mistake: string | null;
  /** Of the newest image built from the repository; null: none was. */
  readonly imageBytes: number | null;
}

export interface DeclaredService {
  readonly slug: string;
  readonly dockerfile: string | null;
  readonly context: string | null;
  readonly port: number | null;
  /** Undefined: it says nothing. */
  readonly probe: string | null | undefined;
  readonly gpu: boolean | undefined;
  readonly memoryMiB: number | null | undefined;
}

export interface Guess<T> {
  readonly value: T;
  /** Words for where it was read. */
  readonly from: string;
}

export interface DeployPlan {
  readonly service: string;
  readonly services: readonly string[];
  readonly dockerfile: string | null;
  readonly context: string;
  readonly port: Guess<number | null>;
  readonly probe: Guess<string | null>;
  readonly gpu: Guess<boolean>;
  readonly memoryMiB: Guess<number | null>;
  /** What has to be set so that the guesses apply; what the file or a default says already is left out. */
  readonly settings: {
    readonly port?: number;
    readonly probe?: { readonly path: string };
    readonly resources?: {
      readonly memoryMiB?: number;
      readonly gpu?: { readonly product: null; readonly count: 1; readonly memoryMiB: null };
    };
  };
  readonly problems: readonly { readonly message: string; readonly hint: string }[];
}

/** Where Dockerfiles are looked for, in this order. */
export const dockerfilePlaces = ['Dockerfile', 'docker/Dockerfile', 'deploy/Dockerfile', 'Containerfile'] as const;
/** Files that say what a service is made of. */
export const requirementPlaces = ['requirements.txt', 'pyproject.toml', 'environment.yml', 'setup.py'] as const;
/** Files in which a Python service usually names its routes. */
export const sourcePlaces = [
  'app.py',
  'main.py',
  'server.py',
  'serve.py',
  'api.py',
  'app/main.py',
  'src/main.py',
  'src/app.py',
] as const;

/** What to make of a repository that nobody described: everything that can be read off it, each with its reason. */
export function planDeploy(seen: LookedAt): DeployPlan {
  const declared = seen.declared?.find(({ slug }) => slug === toSlug(seen.name)) ?? seen.declared?.[0] ?? null;
  const path = declared?.dockerfile ?? dockerfilePlaces.find((place) => seen.files[place] !== undefined) ?? null;
  const text = path === null ? undefined : seen.files[path];
  const docker = dockerfileFacts(text ?? '');
  const python = pythonFacts(
    requirementPlaces.map((place) => seen.files[place] ?? '').concat(text ?? ''),
    sourcePlaces.map((place) => seen.files[place] ?? ''),
  );
  const port = choosePort(declared, docker);
  const probe = chooseProbe(declared, docker, python.healthPath);
  const gpu = chooseGpu(declared, docker, python.gpuBecause);
  const memoryMiB = chooseMemory(declared, python, seen.imageBytes);
  const guessed = { port, probe, gpu, memoryMiB };
  return {
    service: declared?.slug ?? toSlug(seen.name),
    services: seen.declared?.map(({ slug }) => slug) ?? [],
    dockerfile: text === undefined ? null : path,
    context: declared?.context ?? '.',
    ...guessed,
    settings: toSettings(declared, docker, guessed),
    problems: problemsOf(seen, path, text, port.value),
  };
}

type Docker = ReturnType<typeof dockerfileFacts>;
const fromFile = 'sconce.yaml';

function choosePort(declared: DeclaredService | null, docker: Docker): Guess<number | null> {
  if (declared?.port != null) return { value: declared.port, from: fromFile };
  const [exposed] = docker.ports;
  if (exposed !== undefined) return { value: exposed, from: `EXPOSE ${exposed} in the Dockerfile` };
  if (docker.commandPort !== null) return { value: docker.commandPort, from: 'the command in the Dockerfile' };
  return { value: null, from: 'nothing says which' };
}

function chooseProbe(
  declared: DeclaredService | null,
  docker: Docker,
  healthPath: string | null,
): Guess<string | null> {
  if (declared?.probe !== undefined) return { value: declared.probe, from: fromFile };
  if (docker.healthPath !== null) return { value: docker.healthPath, from: 'HEALTHCHECK in the Dockerfile' };
  if (healthPath !== null) return { value: healthPath, from: 'a route in the code' };
  return { value: null, from: 'no health route was found: it counts as ready once it accepts connections' };
}

function chooseGpu(declared: DeclaredService | null, docker: Docker, because: string | null): Guess<boolean> {
  if (declared?.gpu !== undefined) return { value: declared.gpu, from: fromFile };
  if (docker.cudaBase !== null) return { value: true, from: `FROM ${docker.cudaBase}` };
  if (because !== null) return { value: true, from: `${because} needs one` };
  return { value: false, from: 'nothing in the requirements needs one' };
}

function chooseMemory(
  declared: DeclaredService | null,
  python: ReturnType<typeof pythonFacts>,
  imageBytes: number | null,
): Guess<number | null> {
  if (declared?.memoryMiB !== undefined) return { value: declared.memoryMiB, from: fromFile };
  const { memoryMiB, memoryBecause } = python;
  if (imageBytes !== null && memoryMiB !== null) {
    // Libraries are mapped as they are used, and weights inside the image are read whole: half an image is seldom too little.
    const half = Math.ceil(imageBytes / 2 / 1_048_576 / 512) * 512;
    if (half > memoryMiB) return { value: half, from: 'the size of the last image' };
  }
  if (memoryMiB !== null) return { value: memoryMiB, from: memoryBecause };
  return { value: null, from: 'nothing says how much: no limit' };
}

function toSettings(
  declared: DeclaredService | null,
  docker: Docker,
  guessed: Pick<DeployPlan, 'port' | 'probe' | 'gpu' | 'memoryMiB'>,
): DeployPlan['settings'] {
  const { port, probe, gpu, memoryMiB } = guessed;
  const resources = {
    ...(declared?.memoryMiB === undefined && memoryMiB.value !== null ? { memoryMiB: memoryMiB.value } : {}),
    ...(declared?.gpu === undefined && gpu.value ? { gpu: { product: null, count: 1, memoryMiB: null } as const } : {}),
  };
  return {
    // What the image exposes is taken up by itself, and then follows the Dockerfile.
    ...(declared?.port == null && docker.ports.length !== 1 && port.value !== null ? { port: port.value } : {}),
    ...(declared?.probe === undefined && probe.value !== null ? { probe: { path: probe.value } } : {}),
    ...(Object.keys(resources).length > 0 ? { resources } : {}),
  };
}

function problemsOf(
  seen: LookedAt,
  path: string | null,
  text: string | undefined,
  port: number | null,
): DeployPlan['problems'] {
  if (seen.mistake !== null) return [{ message: seen.mistake, hint: 'Mend sconce.yaml and push again.' }];
  if (text === undefined)
    return [
      path === null
        ? {
            message: 'There is no Dockerfile.',
            hint: `Add one at the top of the repository (also looked for: ${dockerfilePlaces.slice(1).join(', ')}), and push.`,
          }
        : { message: `There is no ${path}, which sconce.yaml names.`, hint: 'Mend the path in sconce.yaml, and push.' },
    ];
  if (port === null)
    return [
      {
        message: 'Nothing says which port it listens on.',
        hint: 'Add EXPOSE 8000, or whatever it listens on, to the Dockerfile, and push.',
      },
    ];
  return [];
}

/** A DNS label out of any name. */
function toSlug(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return slug === '' ? 'service' : slug;
}
