import { resolve } from 'node:path';
import {
  ConfigInvalid,
  cidrList,
  installationOf,
  port,
  type RegistrySettings,
  readConfig,
  registrySettings,
  toRegistrySettings,
} from '@sconce/foundation';
import { z } from 'zod';

const shape = {
  DATABASE_URL: z.string().min(1),
  SCONCE_HOME: z.string().default('.sconce'),
  /** Of everything this installation makes in the container engine; by default it follows from SCONCE_HOME. */
  SCONCE_INSTALLATION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
  SCONCE_KEYS_FILE: z.string().optional(),
  /** Instead of the file: its content. */
  SCONCE_KEYS: z.string().optional(),
  DOCKER_HOST: z.string().optional(),
  /** Replicas run on this Kubernetes instead of the container engine: a file, or `in-cluster` for the pod's own account. */
  SCONCE_KUBECONFIG: z.string().min(1).optional(),
  ...registrySettings,
  /** As workers are told: images stand in the registry already where they are built on a cluster. */
  SCONCE_BUILDER: z.enum(['docker', 'kubernetes']).default('docker'),
  /** What pods may be: `restricted` takes no image that runs as root, `baseline` does. */
  SCONCE_POD_SECURITY: z.enum(['restricted', 'baseline']).default('restricted'),
  /** Where gateways reach replicas from, if not from the nodes: addresses in CIDR notation, with commas between. */
  SCONCE_GATEWAY_CIDRS: cidrList,
  /** The namespace of gateways that run in pods of that cluster. */
  SCONCE_GATEWAY_NAMESPACE: z.string().min(1).optional(),
  /** `off`: commands are run in no replica, whoever asks. */
  SCONCE_EXEC: z.enum(['on', 'off']).default('on'),
  SCONCE_LINK_HOST: z.string().default('127.0.0.1'),
  SCONCE_LINK_PORT: port.default(7401),
  SCONCE_LINK_TOKEN: z.string().min(16, 'must be at least 16 characters; gateways are given the same'),
  SCONCE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
};

export interface SchedulerConfig {
  readonly databaseUrl: string;
  readonly installation: string;
  readonly keys: { readonly file?: string; readonly text?: string };
  readonly dockerHost: string | null;
  /** Null: replicas run in the container engine. */
  readonly kubernetes: KubernetesConfig | null;
  /** What must outlive the process: generations seen, replicas that were ready. */
  readonly stateDirectory: string;
  readonly link: { readonly host: string; readonly port: number; readonly token: string };
  readonly mayExec: boolean;
  readonly logLevel: string;
}

export interface KubernetesConfig extends RegistrySettings {
  readonly kubeConfigFile: string;
  /** Builds push to the registry themselves, and no container engine is needed. */
  readonly buildsThere: boolean;
  readonly podSecurity: 'restricted' | 'baseline';
  readonly gatewayCidrs: readonly string[];
  readonly gatewayNamespace: string | null;
}

/** Throws `ConfigInvalid`, naming every setting that is missing or wrong. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): SchedulerConfig {
  const read = readConfig(shape, environment);
  return {
    databaseUrl: read.DATABASE_URL,
    installation: read.SCONCE_INSTALLATION ?? installationOf(read.SCONCE_HOME),
    keys: read.SCONCE_KEYS
      ? { text: read.SCONCE_KEYS }
      : { file: read.SCONCE_KEYS_FILE ?? `${read.SCONCE_HOME}/keys.json` },
    dockerHost: read.DOCKER_HOST ?? null,
    kubernetes: toKubernetes(read),
    stateDirectory: resolve(read.SCONCE_HOME, 'run/runtime'),
    link: { host: read.SCONCE_LINK_HOST, port: read.SCONCE_LINK_PORT, token: read.SCONCE_LINK_TOKEN },
    mayExec: read.SCONCE_EXEC === 'on',
    logLevel: read.SCONCE_LOG_LEVEL,
  };
}

function toKubernetes(read: z.infer<z.ZodObject<typeof shape>>): KubernetesConfig | null {
  const { SCONCE_KUBECONFIG: kubeConfigFile } = read;
  if (kubeConfigFile === undefined) {
    if (read.SCONCE_BUILDER === 'docker') return null;
    throw new ConfigInvalid('SCONCE_KUBECONFIG: with SCONCE_BUILDER=kubernetes it has to name the cluster');
  }
  return {
    ...toRegistrySettings(read, 'with SCONCE_KUBECONFIG it has to name the registry that nodes pull images from'),
    kubeConfigFile,
    buildsThere: read.SCONCE_BUILDER === 'kubernetes',
    podSecurity: read.SCONCE_POD_SECURITY,
    gatewayCidrs: read.SCONCE_GATEWAY_CIDRS,
    gatewayNamespace: read.SCONCE_GATEWAY_NAMESPACE ?? null,
  };
}
