import { BuilderUnavailable, BuildFailed } from '@sconce/ports';

export interface FailureFacts {
  /** The last of what the client wrote, some 64 KiB. */
  readonly output: string;
  /** The kernel ended a process of a step for want of memory. */
  readonly outOfMemory: boolean;
  readonly memoryMiB: number;
}

/**
 * Turns what BuildKit says at the end into what a person can act on. Lines of the steps themselves always follow a time (`#5 0.123 `) and so
 * are never taken for BuildKit's own, which stand at the start of a line.
 */
export function explainFailure(facts: FailureFacts): BuildFailed | BuilderUnavailable {
  const lines = facts.output.split('\n').map((line) => line.trimEnd());
  const summary = lines.filter((line) => line !== '' && !/^(?:#\d+ )?\d+\.\d+ /.test(line) && !/^-{4,}$/.test(line));
  const final = summary.findLast((line) => !/^(?:#| >|View build details)/.test(line)) ?? '';
  const error = summary.findLast((line) => /^#\d+ ERROR: /.test(line))?.replace(/^#\d+ ERROR: /, '') ?? final;
  const step =
    summary
      .findLast((line) => line.startsWith(' > '))
      ?.slice(3)
      .replace(/:$/, '') ?? null;
  const own = { lines, final, error, step };
  return (
    explainPush(own) ??
    explainEngine(own) ??
    explainDisk(own) ??
    explainBaseImage(own, lines) ??
    explainStep(own, facts) ??
    explainInstructions(own) ??
    new BuildFailed('build_step_failed', `The build failed: ${shorten(final || 'the builder gave no reason')}`)
  );
}

interface Words {
  readonly lines: readonly string[];
  readonly final: string;
  readonly error: string;
  /** `[2/3] RUN pip install ...`, or `[internal] load metadata for ...`. */
  readonly step: string | null;
}

/** Where a build ends in a registry: nothing that the user wrote. */
function explainPush({ final }: Words): BuilderUnavailable | null {
  const [, image, why] = /failed to solve: failed to push (\S+): (.*)$/.exec(final) ?? [];
  if (image === undefined || why === undefined) return null;
  // What went wrong stands at the end, after what was being done.
  return new BuilderUnavailable(`The image could not be pushed to ${shorten(image)}: ${shorten(why.slice(-160))}`);
}

const engineAway =
  /Cannot connect to the Docker daemon|error during connect|permission denied while trying to connect|connection reset by peer|closing transport|transport is closing|error reading from server: EOF|code = Unavailable|failed to dial gRPC|^unexpected EOF$|^EOF$|Error response from daemon: (?:grpc|rpc)/;

/** The engine could not give a step its network: nothing that the user wrote. */
const engineBroken = /failed to create endpoint|could not find bridge|failed to set up container networking/;

function explainEngine({ final, error, step }: Words): BuilderUnavailable | null {
  if (engineBroken.test(error) && !stepEnd.test(error)) {
    return new BuilderUnavailable(`The container engine cannot run build steps: ${shorten(error.slice(-200))}`);
  }
  // Inside a step such words come from the step's own network.
  if (step !== null && !/^\[internal\]/.test(step) && !/transport is closing|code = Unavailable/.test(final))
    return null;
  return engineAway.test(final) ? new BuilderUnavailable(`The container engine went away: ${shorten(final)}`) : null;
}

function explainDisk({ lines, final, error }: Words): BuildFailed | null {
  const full = /no space left on device|disk quota exceeded/i;
  // A step's own tools say it as well, in their last words.
  if (![final, error, ...lines.slice(-30)].some((line) => full.test(line))) return null;
  return new BuildFailed(
    'no_disk_space',
    'There is no space left on the disk of the container engine.',
    'Free some: "docker system df" shows what takes it, "docker builder prune" removes old build cache.',
  );
}

const loadsImage = /^(?:\[[^\]]*\] )?(?:load metadata for|resolve image config for|FROM) (?:docker-image:\/\/)?(\S+)/;

function explainBaseImage({ final, error, step }: Words, lines: readonly string[]): BuildFailed | null {
  const image = loadsImage.exec(step ?? '')?.[1]?.replace(/^docker\.io\/(?:library\/)?/, '');
  if (image === undefined) return null;
  if (
    /no match for platform|does not match the (?:specified|expected) platform|no matching manifest/.test(
      `${final}${error}`,
    )
  ) {
    return new BuildFailed(
      'wrong_architecture',
      `The base image ${image} is not made for this machine's kind of processor.`,
      'Choose a base image that is made for several, or remove "--platform" from FROM.',
    );
  }
  const reader = lines.some((line) => line.includes('> resolve image config for'))
    ? ' It reads the Dockerfile ("# syntax="): that line can often simply be removed.'
    : '';
  return new BuildFailed(
    'base_image_unavailable',
    `The base image ${image} could not be pulled: ${shorten(whyNotPulled(error || final))}`,
    `Check its name and that this machine reaches its registry, or bring it here by hand: docker save ${image} elsewhere, docker load here.${reader}`,
  );
}

function whyNotPulled(words: string): string {
  const host = /https?:\/\/([^/"\s]+)/.exec(words)?.[1];
  const at = host === undefined ? '' : ` (${host})`;
  if (/no such host|server misbehaving|Temporary failure in name resolution/.test(words))
    return `its registry has no address here${at}.`;
  if (/connection refused|network is unreachable|no route to host/.test(words))
    return `its registry does not answer${at}.`;
  if (/i\/o timeout|deadline exceeded|TLS handshake timeout/.test(words))
    return `its registry did not answer in time${at}.`;
  if (/not found|manifest unknown/.test(words)) return 'there is no such image.';
  if (/denied|unauthorized|authorization failed|403|401/.test(words))
    return 'there is no such image, or it is private.';
  if (/toomanyrequests|429/.test(words)) return 'its registry has had too many requests from here; wait a while.';
  return words;
}

/** Engine 20.10, then 23 and later. */
const stepEnd =
  /executor failed running .*: exit code: (\d+)|process ".*" did not complete successfully: exit code: (\d+)/s;

function explainStep(words: Words, facts: FailureFacts): BuildFailed | null {
  const end = stepEnd.exec(words.error) ?? stepEnd.exec(words.final);
  const killed =
    /did not complete successfully: (?:signal: )?killed|cannot allocate memory: unknown|exit code: -1/.test(
      words.final,
    );
  if (end === null && !killed) return null;
  const code = end === null ? 137 : Number(end[1] ?? end[2]);
  const step = shorten(words.step ?? 'a step');
  if (code === 137 || facts.outOfMemory) {
    return new BuildFailed(
      'build_out_of_memory',
      `${step} was ended because it used too much memory (a step may use ${facts.memoryMiB} MiB).`,
      'Let it do less at once (fewer parallel jobs, a ready-made wheel), or raise the memory limit of builds.',
    );
  }
  if (words.lines.slice(-30).some((line) => /exec format error/.test(line))) {
    return new BuildFailed(
      'wrong_architecture',
      `${step} could not start: its program is made for another kind of processor.`,
      'Use a base image and programs made for this machine, or remove "--platform" from FROM.',
    );
  }
  return new BuildFailed(
    'build_step_failed',
    `${step} ended with exit code ${code}.`,
    'The lines before this in the build log say why.',
  );
}

function explainInstructions({ final, error, step }: Words): BuildFailed | null {
  const secret = /secret (\S+?):? not found/.exec(error) ?? /secret (\S+?):? not found/.exec(final);
  if (secret !== null) {
    return new BuildFailed(
      'build_secret_missing',
      `${shorten(step ?? 'A step')} needs the build secret "${secret[1]}", which this service does not have.`,
      'Name it under build.secrets in sconce.yaml and give it a value.',
    );
  }
  const parse = /(?:dockerfile parse error|Dockerfile parse error)(?: on)? line (\d+): (.*)$/.exec(final);
  if (parse !== null) {
    return new BuildFailed(
      'config_invalid',
      `Line ${parse[1]} of the Dockerfile cannot be read: ${shorten(parse[2] ?? '')}`,
    );
  }
  if (/file with no instructions|the Dockerfile.* cannot be empty|No image was generated/.test(final)) {
    return new BuildFailed('config_invalid', 'The Dockerfile has no instructions.', 'It starts with a FROM line.');
  }
  const absent = /"([^"]+)"?:? not found/.exec(error);
  if (step !== null && absent !== null) {
    return new BuildFailed(
      'build_step_failed',
      `${shorten(step)}: "${shorten(absent[1] ?? '')}" is not in the build context.`,
      'Check the path (from the context folder), that the file is committed, and .dockerignore.',
    );
  }
  if (step === null) return null;
  return new BuildFailed('build_step_failed', `${shorten(step)} failed: ${shorten(error)}`);
}

/** What strangers wrote, as it goes into a message. */
function shorten(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim();
  return clean.length > 200 ? `${clean.slice(0, 197)}...` : clean;
}
