import { ReplicasRefused, type ReplicaTarget } from '@sconce/ports';
import { EngineRefused } from '../engine/engine-errors.ts';
import { noGpuMessage } from '../gpus/choose-gpus.ts';

/** The machine has run short of something for the moment: no fault of the target. */
const isPassing =
  /cannot allocate memory|resource temporarily unavailable|too many open files|no available IPv4|context canceled|timed? ?out/i;

/** The engine's no, when it is about the target; other errors as they are. */
export function toRefusal(error: unknown, target: ReplicaTarget): unknown {
  if (!(error instanceof EngineRefused)) return error;
  const { detail } = error;
  if (isPassing.test(detail)) return error;
  const refused = (reason: ConstructorParameters<typeof ReplicasRefused>[0], message: string) =>
    Object.assign(new ReplicasRefused(reason, message), { cause: error });
  if (/device driver "nvidia"|nvidia-container|could not select device/i.test(detail)) {
    return refused('no_gpu_here', `${noGpuMessage} (The engine cannot hand out GPUs: ${detail.slice(0, 300)})`);
  }
  if (/no space left/i.test(detail))
    return refused('no_disk_space', 'There is no disk space left on this machine to start it.');
  const command =
    /exec: \\?"?([^":\\]+)\\?"?: (executable file not found|permission denied|no such file or directory)/i.exec(detail);
  if (command !== null) {
    return refused(
      'start_failed',
      `The command ${JSON.stringify(command[1])} cannot be run in this image: ${command[2]}.`,
    );
  }
  if (/no command specified/i.test(detail)) {
    return refused('start_failed', 'The image names no command. Give the service one, or add CMD to the Dockerfile.');
  }
  if (error.statusCode === 400 || /OCI runtime|failed to create|invalid/i.test(detail)) {
    return refused('start_failed', `${target.service.serviceSlug} cannot be started: ${detail.slice(0, 500)}`);
  }
  return error;
}
