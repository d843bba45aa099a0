import type { Sidecar } from '@sconce/core';
import type { ReplicaTarget } from '@sconce/ports';

/** As Kubernetes calls it: an init container that goes on. Each runs before the next one starts, and they end after the main one, last first. */
export function makeSidecars(
  { sidecars = [] }: ReplicaTarget,
  /** As the main container has them. */
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (sidecars.length === 0) return {};
  return { initContainers: sidecars.map((sidecar) => makeSidecar(sidecar, variables)) };
}

/** Kubernetes replaces `$(NAME)` and `$$` in arguments and values, so each `$` is written as `$$`. */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function makeSidecar(sidecar: Sidecar, variables: Readonly<Record<string, unknown>>) {
  const { name, image, command, cpuMilli, memoryMiB } = sidecar;
  const cpu = cpuMilli === null ? {} : { cpu: `${cpuMilli}m` };
  const memory = memoryMiB === null ? {} : { memory: `${memoryMiB}Mi` };
  return {
    name,
    image,
    restartPolicy: 'Always',
    imagePullPolicy: 'IfNotPresent',
    ...(command === null ? {} : { args: command.map(literal) }),
    ...makeVariables(sidecar, variables),
    resources: { requests: { cpu: '10m', memory: '16Mi', ...cpu, ...memory }, limits: { ...cpu, ...memory } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}

interface EnvironmentVariable {
  readonly name: string;
}

function makeVariables({ env, sharesVariables }: Sidecar, variables: Readonly<Record<string, unknown>>) {
  const own = Object.entries(env).map(([name, value]) => ({ name, value: literal(value) }));
  const shared = (variables.env ?? []) as readonly EnvironmentVariable[];
  const isOwn = ({ name }: EnvironmentVariable) => Object.hasOwn(env, name);
  if (sharesVariables) return { ...variables, env: [...shared.filter((one) => !isOwn(one)), ...own] };
  const replica = shared.filter(({ name }) => name === 'SCONCE_REPLICA');
  return { env: [...replica, ...own] };
}
