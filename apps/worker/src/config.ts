import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { installationOf, readConfig } from '@sconce/foundation';
import type { BuildLimits } from '@sconce/ports';
import { z } from 'zod';

const shape = {
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
  SCONCE_BUILD_MEMORY_MIB: z.coerce.number().int().min(64).default(8_192),
  SCONCE_BUILD_OUTPUT_MIB: z.coerce.number().min(0.01).max(1_024).default(32),
  SCONCE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
};

export interface WorkerConfig {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly installation: string;
  readonly gitDirectory: string;
  readonly keys: { readonly file?: string; readonly text?: string };
  readonly dockerHost: string | null;
  readonly workDirectory: string;
  readonly buildsAtOnce: number;
  readonly limits: BuildLimits;
  readonly logLevel: string;
}

/** Throws `ConfigInvalid`, naming every setting that is missing or wrong. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const read = readConfig(shape, environment);
  return {
    databaseUrl: read.DATABASE_URL,
    redisUrl: read.REDIS_URL,
    installation: read.SCONCE_INSTALLATION ?? installationOf(read.SCONCE_HOME),
    gitDirectory: resolve(read.SCONCE_GIT_DIR ?? `${read.SCONCE_HOME}/data/git`),
    keys: read.SCONCE_KEYS
      ? { text: read.SCONCE_KEYS }
      : { file: read.SCONCE_KEYS_FILE ?? `${read.SCONCE_HOME}/keys.json` },
    dockerHost: read.DOCKER_HOST ?? null,
    workDirectory: resolve(read.SCONCE_WORK_DIR ?? `${read.SCONCE_HOME}/run/builds`),
    buildsAtOnce: read.SCONCE_BUILDS_AT_ONCE,
    limits: {
      timeMs: read.SCONCE_BUILD_MINUTES * 60_000,
      memoryMiB: read.SCONCE_BUILD_MEMORY_MIB,
      outputBytes: Math.ceil(read.SCONCE_BUILD_OUTPUT_MIB * 2 ** 20),
    },
    logLevel: read.SCONCE_LOG_LEVEL,
  };
}
