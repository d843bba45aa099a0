import { readFileSync } from 'node:fs';
import {
  ConfigInvalid,
  cidrList,
  type RegistrySettings,
  registrySettings,
  toRegistrySettings,
} from '@sconce/foundation';
import { z } from 'zod';

/** `a=b, c`: words with or without a value. */
const pairs = (what: string) =>
  z
    .string()
    .regex(/^(\s*[A-Za-z0-9][\w./-]*(=[\w.-]*)?\s*(,|$))*$/, `must be ${what}`)
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => {
          const [key = '', value] = part.split('=');
          return { key, value: value ?? null };
        }),
    );

/** What `SCONCE_BUILDER=kubernetes` reads. */
export const clusterBuildSettings = {
  ...registrySettings,
  /** `kubernetes`: a Job for each build; `docker`: the container engine. */
  SCONCE_BUILDER: z.enum(['docker', 'kubernetes']).default('docker'),
  /** A file, or `in-cluster` for the account of the pod that this runs in. */
  SCONCE_KUBECONFIG: z.string().min(1).optional(),
  SCONCE_BUILD_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a name of a namespace')
    .default('sconce-builds'),
  SCONCE_BUILD_IMAGE: z.string().min(1).default('docker.io/moby/buildkit:v0.31.1-rootless'),
  SCONCE_BUILD_NODE_SELECTOR: pairs('labels of nodes with commas between: pool=builds').refine(
    (labels) => labels.every(({ value }) => value !== null),
    'needs a value for each label: pool=builds',
  ),
  SCONCE_BUILD_TOLERATIONS: pairs('taints with commas between: builds-only, pool=builds'),
  SCONCE_BUILD_EGRESS_CIDRS: cidrList,
  SCONCE_BUILD_DISK_GIB: z.coerce.number().int().min(1).max(10_000).default(50),
  /** BuildKit's own settings (buildkitd.toml): mirrors, authorities of registries. */
  SCONCE_BUILDKIT_CONFIG_FILE: z.string().optional(),
};

export interface ClusterBuilds extends RegistrySettings {
  readonly kubeConfigFile: string;
  readonly namespace: string;
  readonly image: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly {
    readonly key: string;
    readonly operator: 'Exists' | 'Equal';
    readonly value?: string;
  }[];
  readonly egressCidrs: readonly string[];
  readonly diskGiB: number;
  readonly buildkitConfig: string;
}

/** Null where the container engine builds. Throws `ConfigInvalid`. */
export function toClusterBuilds(read: z.infer<z.ZodObject<typeof clusterBuildSettings>>): ClusterBuilds | null {
  if (read.SCONCE_BUILDER === 'docker') return null;
  if (read.SCONCE_KUBECONFIG === undefined)
    throw new ConfigInvalid('SCONCE_KUBECONFIG: with SCONCE_BUILDER=kubernetes it has to name the cluster that builds');
  return {
    ...toRegistrySettings(read, 'with SCONCE_BUILDER=kubernetes it has to name where builds are pushed'),
    kubeConfigFile: read.SCONCE_KUBECONFIG,
    namespace: read.SCONCE_BUILD_NAMESPACE,
    image: read.SCONCE_BUILD_IMAGE,
    nodeSelector: Object.fromEntries(read.SCONCE_BUILD_NODE_SELECTOR.map(({ key, value }) => [key, value ?? ''])),
    tolerations: read.SCONCE_BUILD_TOLERATIONS.map(({ key, value }) =>
      value === null ? { key, operator: 'Exists' } : { key, operator: 'Equal', value },
    ),
    egressCidrs: read.SCONCE_BUILD_EGRESS_CIDRS,
    diskGiB: read.SCONCE_BUILD_DISK_GIB,
    buildkitConfig: readBuildkitConfig(read.SCONCE_BUILDKIT_CONFIG_FILE),
  };
}

function readBuildkitConfig(path: string | undefined): string {
  if (path === undefined) return '';
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigInvalid(`SCONCE_BUILDKIT_CONFIG_FILE: ${path} cannot be read`, { cause });
  }
}
