import { port, readConfig } from '@sconce/foundation';
import { z } from 'zod';

const origin = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));
const secret = z.string().min(16, 'at least 16 characters');

const shape = {
  DATABASE_URL: z.string().min(1),
  SCONCE_HOME: z.string().default('.sconce'),
  SCONCE_API_HOST: z.string().default('127.0.0.1'),
  SCONCE_API_PORT: port.default(7400),
  SCONCE_GIT_DIR: z.string().optional(),
  SCONCE_KEYS_FILE: z.string().optional(),
  /** Instead of the file: its content. */
  SCONCE_KEYS: z.string().optional(),
  /** Where people reach the API; with https the session cookie is bound to it. */
  SCONCE_PUBLIC_URL: origin.optional(),
  SCONCE_GATEWAY_URL: origin.optional(),
  SCONCE_GATEWAY_PORT: port.default(7480),
  SCONCE_GITHUB_WEBHOOK_SECRET: secret.optional(),
  SCONCE_GITHUB_WEBHOOK_SECRET_PREVIOUS: secret.optional(),
  /** Requests a minute for each token, and tries a minute with wrong ones for each address. */
  SCONCE_API_RATE_LIMIT: z.coerce.number().int().min(10).default(3_000),
  SCONCE_API_STRANGER_LIMIT: z.coerce.number().int().min(10).default(120),
  SCONCE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
};

export interface ApiConfig {
  readonly databaseUrl: string;
  readonly host: string;
  readonly port: number;
  readonly gitDirectory: string;
  readonly keys: { readonly file: string | null; readonly text: string | null };
  readonly publicUrl: string;
  readonly gatewayUrl: string;
  /** Newest first; empty: GitHub's webhooks are not taken. */
  readonly githubSecrets: readonly string[];
  readonly rateLimits: { readonly caller: number; readonly stranger: number };
  readonly logLevel: string;
}

/** Throws `ConfigInvalid`, naming every setting that is missing or wrong. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): ApiConfig {
  const read = readConfig(shape, environment);
  return {
    databaseUrl: read.DATABASE_URL,
    host: read.SCONCE_API_HOST,
    port: read.SCONCE_API_PORT,
    gitDirectory: read.SCONCE_GIT_DIR ?? `${read.SCONCE_HOME}/data/git`,
    keys: {
      file: read.SCONCE_KEYS ? null : (read.SCONCE_KEYS_FILE ?? `${read.SCONCE_HOME}/keys.json`),
      text: read.SCONCE_KEYS ?? null,
    },
    publicUrl: read.SCONCE_PUBLIC_URL ?? `http://${read.SCONCE_API_HOST}:${read.SCONCE_API_PORT}`,
    gatewayUrl: read.SCONCE_GATEWAY_URL ?? `http://127.0.0.1:${read.SCONCE_GATEWAY_PORT}`,
    githubSecrets: [read.SCONCE_GITHUB_WEBHOOK_SECRET, read.SCONCE_GITHUB_WEBHOOK_SECRET_PREVIOUS].flatMap(
      (one) => one ?? [],
    ),
    rateLimits: { caller: read.SCONCE_API_RATE_LIMIT, stranger: read.SCONCE_API_STRANGER_LIMIT },
    logLevel: read.SCONCE_LOG_LEVEL,
  };
}
