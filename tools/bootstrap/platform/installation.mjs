import { randomBytes } from 'node:crypto';
import { delimiter, dirname } from 'node:path';
import { home, inHome, readJson, writeJson } from '../machine/home.mjs';
import { freePortFrom, isFree, mustBeFree } from '../machine/ports.mjs';
import { runningProcess } from '../machine/processes.mjs';
import { ownPrograms } from '../parts/redis.mjs';
import { Problem } from '../terminal/problem.mjs';

const path = inHome('installation.json');
export const keysFile = inHome('keys.json');
export const gitFolder = inHome('data', 'git');
export const gatewayProcess = 'gateway';
export const controlProcess = 'control-plane';

/**
 * @typedef {object} Installation what stays the same from run to run
 * @property {string} id on every container of ours, so that two installations on one engine never touch each other
 * @property {string} linkToken between scheduler and gateway
 * @property {string} apiHost
 * @property {string} gatewayHost
 * @property {string | null} dockerHost the engine it used last
 * @property {boolean} onCluster its services run on a Kubernetes
 * @property {{ kubeconfig: string, registry: string } | null} givenCluster that Kubernetes, where it is somebody else's
 * @property {boolean} exampleWasLive it was deployed once, so it is left alone from then on
 * @property {{ api: number, gateway: number, gatewayAdmin: number, link: number }} ports
 */

/** @returns {Installation | null} */
export const readInstallation = () => readJson(path);

/**
 * Who this installation is and where it listens: as given by the environment now, else as in the run before, else by default.
 * Ports that people type are never moved silently; the two inner ones are.
 * @returns {Promise<Installation>}
 */
export async function ensureInstallation() {
  const before = readInstallation();
  const installation = {
    id: before?.id ?? `ins-${randomBytes(5).toString('hex')}`,
    linkToken: process.env.SCONCE_LINK_TOKEN ?? before?.linkToken ?? randomBytes(32).toString('hex'),
    dockerHost: before?.dockerHost ?? null,
    onCluster: before?.onCluster ?? false,
    givenCluster: before?.givenCluster ?? null,
    exampleWasLive: before?.exampleWasLive ?? false,
    apiHost: process.env.SCONCE_API_HOST ?? before?.apiHost ?? '127.0.0.1',
    gatewayHost: process.env.SCONCE_GATEWAY_HOST ?? before?.gatewayHost ?? '127.0.0.1',
    ports: {
      api: givenPort('SCONCE_API_PORT') ?? before?.ports.api ?? 7400,
      gateway: givenPort('SCONCE_GATEWAY_PORT') ?? before?.ports.gateway ?? 7480,
      gatewayAdmin: givenPort('SCONCE_GATEWAY_ADMIN_PORT') ?? before?.ports.gatewayAdmin ?? 7481,
      link: givenPort('SCONCE_LINK_PORT') ?? before?.ports.link ?? 7401,
    },
  };
  await checkPorts(installation, before);
  writeJson(path, installation);
  return installation;
}

/**
 * Keeps what was learned for the runs after this one.
 * @param {Installation} installation
 * @param {Partial<Installation>} learned
 */
export function remember(installation, learned) {
  writeJson(path, Object.assign(installation, learned));
}

export function givenPort(variable, environment = process.env) {
  const text = environment[variable];
  if (!text) return null;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Problem(
    `${variable} is "${text.slice(0, 40)}", which is no port.`,
    `Give a number from 1 to 65535, or unset ${variable}.`,
  );
}

/** A port that our own process has now is not taken. */
async function checkPorts({ ports, apiHost, gatewayHost }, before) {
  const isOurs = (name, process) => before?.ports[name] === ports[name] && runningProcess(process) !== null;
  if (!isOurs('api', controlProcess))
    await mustBeFree(ports.api, apiHost, 'the API and the dashboard', 'SCONCE_API_PORT');
  if (!isOurs('gateway', gatewayProcess))
    await mustBeFree(ports.gateway, gatewayHost, 'the gateway', 'SCONCE_GATEWAY_PORT');
  for (const [name, process] of [
    ['link', controlProcess],
    ['gatewayAdmin', gatewayProcess],
  ]) {
    if (!isOurs(name, process) && !(await isFree(ports[name]))) ports[name] = await freePortFrom(7600);
  }
}

/** Where people and scripts find it. A server on all addresses is reached at this one. */
export function urlsOf(installation) {
  const reachable = (host) =>
    host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const apiUrl = process.env.SCONCE_PUBLIC_URL ?? `http://${reachable(installation.apiHost)}:${installation.ports.api}`;
  const gatewayUrl =
    process.env.SCONCE_GATEWAY_URL ?? `http://${reachable(installation.gatewayHost)}:${installation.ports.gateway}`;
  // Browsers bind passkeys to a name and refuse addresses; of this machine they all know one.
  const dashboardUrl =
    process.env.SCONCE_DASHBOARD_URL ?? apiUrl.replace(/^(http:\/\/)(?:127\.0\.0\.1|\[::1\])(?=:|$)/, '$1localhost');
  return { apiUrl, gatewayUrl, dashboardUrl, gitUrl: `${apiUrl}/git` };
}

/** What is handed on from the caller's environment: what programs need anywhere, and settings of ours. */
const inherited =
  /^(HOME|USER|LANG|LC_.*|TZ|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|(HTTPS?|NO|ALL)_PROXY|SCONCE_.*)$/i;
/** Of these commands and of the sconce command, not of the platform. */
const notHandedOn = new Set([
  'SCONCE_CONTINUED',
  'SCONCE_REGROUPED',
  'SCONCE_CONFIRM',
  'SCONCE_TOKEN',
  'SCONCE_API_URL',
]);

function baseEnvironment(installation) {
  const kept = Object.entries(process.env).filter(([name]) => inherited.test(name) && !notHandedOn.has(name));
  const { apiUrl, gatewayUrl, dashboardUrl } = urlsOf(installation);
  return {
    ...Object.fromEntries(kept),
    PATH: [ownPrograms, dirname(process.execPath), process.env.PATH].join(delimiter),
    NODE_ENV: 'production',
    SCONCE_HOME: home,
    SCONCE_PUBLIC_URL: apiUrl,
    SCONCE_DASHBOARD_URL: dashboardUrl,
    SCONCE_GATEWAY_URL: gatewayUrl,
    SCONCE_LINK_PORT: String(installation.ports.link),
    SCONCE_LINK_TOKEN: installation.linkToken,
  };
}

/** The gateway knows nothing of database, queue, engine or keys. */
export function gatewayEnvironment(installation) {
  const base = baseEnvironment(installation);
  const secrets = /^SCONCE_(KEYS|GITHUB|KUBECONFIG|REGISTRY|.*SECRET)/;
  return {
    // A `down` should not wait ten minutes for a connection that nobody uses.
    SCONCE_GATEWAY_DRAIN_SECONDS: '30',
    ...Object.fromEntries(Object.entries(base).filter(([name]) => !secrets.test(name))),
    SCONCE_GATEWAY_HOST: installation.gatewayHost,
    SCONCE_GATEWAY_PORT: String(installation.ports.gateway),
    SCONCE_GATEWAY_ADMIN_PORT: String(installation.ports.gatewayAdmin),
  };
}

/** What only the control plane knows: database, queue, engine, keys. */
export function controlEnvironment(installation, { databaseUrl, redisUrl, dockerHost }) {
  return {
    ...baseEnvironment(installation),
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    DOCKER_HOST: dockerHost,
    SCONCE_API_HOST: installation.apiHost,
    SCONCE_API_PORT: String(installation.ports.api),
    SCONCE_INSTALLATION: installation.id,
    ...(process.env.SCONCE_KEYS ? {} : { SCONCE_KEYS_FILE: process.env.SCONCE_KEYS_FILE ?? keysFile }),
    SCONCE_GIT_DIR: process.env.SCONCE_GIT_DIR ?? gitFolder,
  };
}
