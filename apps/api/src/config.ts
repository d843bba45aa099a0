import { fileURLToPath } from 'node:url';
import { largestCallBytes } from '@sconce/contract';
import { installationOf, port, readConfig } from '@sconce/foundation';
import { z } from 'zod';
import type { CallLimits } from './calls/forward-call.ts';
import { makeAddressReader } from './http/addresses.ts';
import { toDashboardUrl } from './passkey-place.ts';

const origin = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));
const secret = z.string().min(16, 'at least 16 characters');

const shape = {
  DATABASE_URL: z.string().min(1),
  SCONCE_HOME: z.string().default('.sconce'),
  /** As the scheduler's: what this installation makes on clusters is labelled with it. */
  SCONCE_INSTALLATION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
  SCONCE_API_HOST: z.string().default('127.0.0.1'),
  SCONCE_API_PORT: port.default(7400),
  SCONCE_GIT_DIR: z.string().optional(),
  SCONCE_KEYS_FILE: z.string().optional(),
  /** Instead of the file: its content. */
  SCONCE_KEYS: z.string().optional(),
  /** Where people reach the API; with https the session cookie is bound to it. */
  SCONCE_PUBLIC_URL: origin.optional(),
  /** Where people open the dashboard, if not there. Passkeys are bound to its host name. */
  SCONCE_DASHBOARD_URL: origin.optional(),
  /** Addresses and networks of proxies in front of the API, with commas between: of their requests X-Forwarded-For is believed. */
  SCONCE_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
    )
    .refine(areNetworks, 'addresses or networks with commas between: 10.0.0.0/8, 192.0.2.7'),
  SCONCE_GATEWAY_URL: origin.optional(),
  SCONCE_GATEWAY_PORT: port.default(7480),
  /** Where a scheduler is linked to; commands in replicas are run there. */
  SCONCE_LINK_HOST: z.string().default('127.0.0.1'),
  SCONCE_LINK_PORT: port.default(7401),
  SCONCE_GITHUB_WEBHOOK_SECRET: secret.optional(),
  SCONCE_GITHUB_WEBHOOK_SECRET_PREVIOUS: secret.optional(),
  /** What the dashboard's build made; by default the one beside this. */
  SCONCE_DASHBOARD_DIR: z.string().default(fileURLToPath(new URL('../../dashboard/dist/site', import.meta.url))),
  /** Folders to deploy as they stand; by default those that come with Sconce. */
  SCONCE_EXAMPLES_DIR: z.string().default(fileURLToPath(new URL('../../../examples', import.meta.url))),
  /** Requests a minute for each token, and tries a minute with wrong ones for each address. */
  SCONCE_API_RATE_LIMIT: z.coerce.number().int().min(10).default(3_000),
  SCONCE_API_STRANGER_LIMIT: z.coerce.number().int().min(10).default(120),
  SCONCE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
};

function areNetworks(list: readonly string[]): boolean {
  try {
    makeAddressReader(list);
    return true;
  } catch {
    return false;
  }
}

export interface ApiConfig {
  readonly databaseUrl: string;
  readonly installation: string;
  readonly host: string;
  readonly port: number;
  readonly gitDirectory: string;
  readonly keys: { readonly file: string | null; readonly text: string | null };
  readonly publicUrl: string;
  /** Where its pages are opened; sign-in links lead there. */
  readonly dashboardUrl: string;
  readonly trustedProxies: readonly string[];
  readonly gatewayUrl: string;
  readonly schedulerUrl: string;
  /** Newest first; empty: GitHub's webhooks are not taken. */
  readonly githubSecrets: readonly string[];
  readonly rateLimits: { readonly caller: number; readonly stranger: number };
  /** Holds index.html and assets/. */
  readonly dashboardDirectory: string;
  /** Each folder in it is an example. */
  readonly examplesDirectory: string;
  readonly callLimits: CallLimits;
  /** How often is asked whether who has a stream open still may: what ends in this process ends it at once. */
  readonly streamCheckMs: number;
  readonly logLevel: string;
}

/** Throws `ConfigInvalid`, naming every setting that is missing or wrong. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): ApiConfig {
  const read = readConfig(shape, environment);
  const publicUrl = read.SCONCE_PUBLIC_URL ?? `http://${read.SCONCE_API_HOST}:${read.SCONCE_API_PORT}`;
  return {
    databaseUrl: read.DATABASE_URL,
    installation: read.SCONCE_INSTALLATION ?? installationOf(read.SCONCE_HOME),
    host: read.SCONCE_API_HOST,
    port: read.SCONCE_API_PORT,
    gitDirectory: read.SCONCE_GIT_DIR ?? `${read.SCONCE_HOME}/data/git`,
    keys: {
      file: read.SCONCE_KEYS ? null : (read.SCONCE_KEYS_FILE ?? `${read.SCONCE_HOME}/keys.json`),
      text: read.SCONCE_KEYS ?? null,
    },
    publicUrl,
    dashboardUrl: read.SCONCE_DASHBOARD_URL ?? toDashboardUrl(publicUrl),
    trustedProxies: read.SCONCE_TRUSTED_PROXIES,
    gatewayUrl: read.SCONCE_GATEWAY_URL ?? `http://127.0.0.1:${read.SCONCE_GATEWAY_PORT}`,
    schedulerUrl: `http://${read.SCONCE_LINK_HOST}:${read.SCONCE_LINK_PORT}`,
    githubSecrets: [read.SCONCE_GITHUB_WEBHOOK_SECRET, read.SCONCE_GITHUB_WEBHOOK_SECRET_PREVIOUS].flatMap(
      (one) => one ?? [],
    ),
    rateLimits: { caller: read.SCONCE_API_RATE_LIMIT, stranger: read.SCONCE_API_STRANGER_LIMIT },
    dashboardDirectory: read.SCONCE_DASHBOARD_DIR,
    examplesDirectory: read.SCONCE_EXAMPLES_DIR,
    callLimits: { bytes: largestCallBytes, firstByteMs: 120_000, totalMs: 600_000 },
    streamCheckMs: 1_000,
    logLevel: read.SCONCE_LOG_LEVEL,
  };
}
