import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { ConfigInvalid, installationOf, readConfig } from '@sconce/foundation';
import type { BuildLimits } from '@sconce/ports';
import { z } from 'zod';
import { type ClusterBuilds, clusterBuildSettings, toClusterBuilds } from './cluster-builds.ts';

const shape = {
  ...clusterBuildSettings,
  DATABASE_URL: z.string().min(1),
  REDIS_URL: z.string().min(1),
  SCONCE_HOME: z.string().default('.sconce'),
  /** Of everything this installation makes in the container engine; by default it follows from SCONCE_HOME. */
  SCONCE_INSTALLATION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
  SCONCE_GIT_DIR: z.string().optional(),
  SCONCE_KEYS_FILE: z.string().optional(),
  /** Instead of the file: its content. */
  SCONCE_KEYS: z.string().optional(),
  DOCKER_HOST: z.string().optional(),
  /** Where commits are written for building. */
  SCONCE_WORK_DIR: z.string().optional(),
  SCONCE_BUILDS_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(Math.max(2, Math.floor(availableParallelism() / 4))),
  SCONCE_BUILD_MINUTES: z.coerce.number().min(0.1).max(1_440).default(60),
  /** Of each build step's processes. */
  SCONCE_BUILD_MEMORY_MIB: z.coerce.number().int().min(64).optional(),
  SCONCE_BUILD_OUTPUT_MIB: z.coerce.number().min(0.01).max(1_024).default(32),
  /** GitHub as an App that projects install; or one token for a single user's own repositories. */
  SCONCE_GITHUB_APP_ID: z.string().regex(/^\d+$/).optional(),
  SCONCE_GITHUB_PRIVATE_KEY_FILE: z.string().optional(),
  SCONCE_GITHUB_TOKEN: z.string().min(1).optional(),
  SCONCE_GITHUB_API_URL: z.url({ protocol: /^https?$/ }).default('https://api.github.com'),
  SCONCE_GITHUB_URL: z.url({ protocol: /^https?$/ }).default('https://github.com'),
  SCONCE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
};

export interface GithubConfig {
  readonly auth:
    | { readonly kind: 'app'; readonly appId: string; readonly privateKey: string }
    | { readonly kind: 'token'; readonly token: string };
  readonly apiUrl: string;
  readonly gitUrl: string;
  readonly cacheDirectory: string;
}

export interface WorkerConfig {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly installation: string;
  readonly gitDirectory: string;
  /** Null: repositories on GitHub are not built here. */
  readonly github: GithubConfig | null;
  readonly keys: { readonly file?: string; readonly text?: string };
  readonly dockerHost: string | null;
  /** Null: the container engine builds. */
  readonly clusterBuilds: ClusterBuilds | null;
  readonly workDirectory: string;
  readonly buildsAtOnce: number;
  readonly limits: BuildLimits;
  readonly logLevel: string;
}

/** Nodes are others than this machine: as much as most of them can spare. */
const clusterMemoryMiB = 4_096;
const mostOfThisMachine = () => Math.floor((totalmem() / 2 ** 20) * 0.75);

/** Throws `ConfigInvalid` (or says which file cannot be read), naming every setting that is missing or wrong. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const read = readConfig(shape, environment);
  const clusterBuilds = toClusterBuilds(read);
  return {
    databaseUrl: read.DATABASE_URL,
    redisUrl: read.REDIS_URL,
    installation: read.SCONCE_INSTALLATION ?? installationOf(read.SCONCE_HOME),
    gitDirectory: resolve(read.SCONCE_GIT_DIR ?? `${read.SCONCE_HOME}/data/git`),
    github: readGithub(read),
    keys: read.SCONCE_KEYS
      ? { text: read.SCONCE_KEYS }
      : { file: read.SCONCE_KEYS_FILE ?? `${read.SCONCE_HOME}/keys.json` },
    dockerHost: read.DOCKER_HOST ?? null,
    clusterBuilds,
    workDirectory: resolve(read.SCONCE_WORK_DIR ?? `${read.SCONCE_HOME}/run/builds`),
    buildsAtOnce: read.SCONCE_BUILDS_AT_ONCE,
    limits: {
      timeMs: read.SCONCE_BUILD_MINUTES * 60_000,
      memoryMiB: read.SCONCE_BUILD_MEMORY_MIB ?? (clusterBuilds === null ? mostOfThisMachine() : clusterMemoryMiB),
      outputBytes: Math.ceil(read.SCONCE_BUILD_OUTPUT_MIB * 2 ** 20),
    },
    logLevel: read.SCONCE_LOG_LEVEL,
  };
}

function readGithub(read: z.infer<z.ZodObject<typeof shape>>): GithubConfig | null {
  const auth = readGithubAuth(read);
  if (auth === null) return null;
  const cacheDirectory = resolve(read.SCONCE_HOME, 'cache/github');
  return { auth, apiUrl: read.SCONCE_GITHUB_API_URL, gitUrl: read.SCONCE_GITHUB_URL, cacheDirectory };
}

function readGithubAuth(read: z.infer<z.ZodObject<typeof shape>>): GithubConfig['auth'] | null {
  const { SCONCE_GITHUB_APP_ID: appId, SCONCE_GITHUB_PRIVATE_KEY_FILE: keyFile, SCONCE_GITHUB_TOKEN: token } = read;
  if (token !== undefined) return { kind: 'token', token };
  if (appId === undefined && keyFile === undefined) return null;
  if (appId === undefined || keyFile === undefined) {
    throw new ConfigInvalid('SCONCE_GITHUB_APP_ID and SCONCE_GITHUB_PRIVATE_KEY_FILE go together; set both.');
  }
  try {
    return { kind: 'app', appId, privateKey: readFileSync(keyFile, 'utf8') };
  } catch (cause) {
    throw new ConfigInvalid(`SCONCE_GITHUB_PRIVATE_KEY_FILE: ${keyFile} cannot be read`, { cause });
  }
}
