import { BlockList, isIP } from 'node:net';
import { join } from 'node:path';
import { port, readConfig } from '@sconce/foundation';
import { z } from 'zod';
import { defaultLimits, type Limits } from './limits.ts';

export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  /** Null: no scheduler; the table on disk is all there is. */
  readonly link: { readonly url: string; readonly token: string } | null;
  /** Where the id and the last table are kept. */
  readonly directory: string;
  /** Addresses or CIDR ranges whose x-forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly drainTimeoutMs: number;
  readonly logLevel: string;
  readonly limits: Limits;
}

const shape = {
  SCONCE_HOME: z.string().default('.sconce'),
  SCONCE_GATEWAY_HOST: z.string().default('127.0.0.1'),
  SCONCE_GATEWAY_PORT: port.default(7480),
  SCONCE_GATEWAY_ADMIN_HOST: z.string().default('127.0.0.1'),
  SCONCE_GATEWAY_ADMIN_PORT: port.default(7481),
  SCONCE_GATEWAY_DIR: z.string().optional(),
  SCONCE_GATEWAY_DRAIN_SECONDS: z.coerce.number().min(0).max(86_400).default(30),
  SCONCE_GATEWAY_MAX_CONNECTIONS: z.coerce.number().int().min(1).default(defaultLimits.connections),
  SCONCE_TRUSTED_PROXIES: z.string().default(''),
  SCONCE_LINK_HOST: z.string().default('127.0.0.1'),
  SCONCE_LINK_PORT: port.default(7401),
  SCONCE_LINK_TOKEN: z.string().min(16, 'must be the token that the scheduler was given').optional(),
  SCONCE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
};

/** Reads the settings; throws ConfigInvalid with all that is wrong. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): GatewayConfig {
  const given = readConfig(shape, environment);
  const token = given.SCONCE_LINK_TOKEN;
  return {
    host: given.SCONCE_GATEWAY_HOST,
    port: given.SCONCE_GATEWAY_PORT,
    adminHost: given.SCONCE_GATEWAY_ADMIN_HOST,
    adminPort: given.SCONCE_GATEWAY_ADMIN_PORT,
    link: token === undefined ? null : { url: `ws://${given.SCONCE_LINK_HOST}:${given.SCONCE_LINK_PORT}/`, token },
    directory: given.SCONCE_GATEWAY_DIR ?? join(given.SCONCE_HOME, 'gateway'),
    trustedProxies: given.SCONCE_TRUSTED_PROXIES.split(/[\s,]+/).filter((each) => each !== ''),
    drainTimeoutMs: given.SCONCE_GATEWAY_DRAIN_SECONDS * 1000,
    logLevel: given.SCONCE_LOG_LEVEL,
    limits: { ...defaultLimits, connections: given.SCONCE_GATEWAY_MAX_CONNECTIONS },
  };
}

/** Null when nobody is trusted. Throws on what is neither an address nor a range. */
export function toBlockList(proxies: readonly string[]): BlockList | null {
  if (proxies.length === 0) return null;
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0) throw new Error(`SCONCE_TRUSTED_PROXIES: "${proxy.slice(0, 60)}" is no address or range`);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
