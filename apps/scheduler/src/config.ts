import { resolve } from 'node:path';
import { installationOf, port, readConfig } from '@sconce/foundation';
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
  /** What must outlive the process: generations seen, replicas that were ready. */
  readonly stateDirectory: string;
  readonly link: { readonly host: string; readonly port: number; readonly token: string };
  readonly logLevel: string;
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
    stateDirectory: resolve(read.SCONCE_HOME, 'run/runtime'),
    link: { host: read.SCONCE_LINK_HOST, port: read.SCONCE_LINK_PORT, token: read.SCONCE_LINK_TOKEN },
    logLevel: read.SCONCE_LOG_LEVEL,
  };
}
