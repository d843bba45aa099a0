/** What a person can do about a reason. Reasons that need nothing done have none. */
const hints: Readonly<Record<string, string>> = {
  port_unknown: 'Set `port` in sconce.yaml or in the service’s settings, or EXPOSE it in the Dockerfile.',
  dockerfile_missing: 'Add a Dockerfile, or name its path in `build.dockerfile`.',
  config_invalid: 'Correct sconce.yaml and push again.',
  base_image_unavailable: 'Check the name in FROM, and that this machine can reach its registry.',
  build_step_failed: 'The build’s log has the step’s own words.',
  build_timed_out: 'Make the build shorter, or raise its limit.',
  build_out_of_memory: 'Build with less at once, or raise the build’s memory.',
  build_secret_missing: 'Set the secret in a group that is attached to the service.',
  builder_unavailable: 'Is the container engine running, or the cluster that builds?',
  no_disk_space: 'Free disk space on the machine, then build again.',
  no_gpu_here: 'Set `resources.gpu` to none, or run it on a machine with a GPU.',
  gpu_insufficient: 'Ask for fewer GPUs, or free some.',
  memory_insufficient: 'Ask for less memory, or free some.',
  never_ready: 'Look at the last lines of its log, and at the probe’s path and port.',
  crash_loop: 'Look at the last lines of its log.',
  out_of_memory: 'Raise `resources.memoryMiB`, or load less.',
  start_failed: 'Look at the message, and at the command in the settings.',
  failed_while_watched: 'Look at the log of that release. The one before serves again.',
  auto_deploy_pinned: 'Set `autoDeploy` to true to let pushes deploy again, or deploy this build by hand.',
  secret_missing: 'Make the secret group, or take it off the service.',
  image_missing: 'Build its commit again.',
  image_pull_failed: 'Is the registry reachable?',
  runtime_unavailable: 'Is it running, and reached from the scheduler?',
  fetch_failed: 'Is the repository reachable?',
};

export function hintFor(reason: string | null): string | null {
  return reason !== null && Object.hasOwn(hints, reason) ? (hints[reason] ?? null) : null;
}
