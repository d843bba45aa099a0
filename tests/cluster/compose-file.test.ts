import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadConfig as loadApi } from '@sconce/api';
import { loadConfig as loadGateway } from '@sconce/gateway';
import { loadConfig as loadScheduler } from '@sconce/scheduler';
import { loadConfig as loadWorker } from '@sconce/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureComposeReader } from '../../tools/local-cluster/programs/compose.mjs';

const file = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url));
const given = {
  SCONCE_KEYS: 'keys',
  SCONCE_LINK_TOKEN: 'a-link-token-of-a-test',
  POSTGRES_PASSWORD: 'pass',
  DOCKER_GROUP: '999',
};
interface Service {
  readonly command: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly { source: string }[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
}
let reader: string;
beforeAll(async () => {
  reader = await ensureComposeReader({ doing: () => {} });
});
const read = (env: Record<string, string>): Readonly<Record<string, Service>> =>
  JSON.parse(execFileSync(reader, [file], { env, encoding: 'utf8', stdio: 'pipe' })).services;

describe('docker-compose.yml', () => {
  it('gives each process settings that it takes', () => {
    const services = read(given);
    const environment = (name: string) => services[name]?.environment ?? {};
    expect(loadApi(environment('api'))).toMatchObject({ keys: { text: 'keys' }, port: 7400 });
    expect(loadWorker(environment('worker'))).toMatchObject({
      installation: 'compose',
      redisUrl: 'redis://127.0.0.1:7379',
    });
    expect(loadScheduler(environment('scheduler'))).toMatchObject({
      link: { token: given.SCONCE_LINK_TOKEN, port: 7401 },
    });
    expect(loadGateway(environment('gateway')).link).toEqual({
      url: 'ws://127.0.0.1:7401/',
      token: given.SCONCE_LINK_TOKEN,
    });
  });

  it('migrates before anything asks the tables, and keeps keys and database from the gateway', () => {
    const services = read(given);
    for (const name of ['api', 'worker', 'scheduler'])
      expect(services[name]?.depends_on?.migrate?.condition).toBe('service_completed_successfully');
    expect(Object.keys(services.gateway?.environment ?? {})).toEqual(['SCONCE_LINK_TOKEN']);
    const withEngine = Object.entries(services).filter(([, { volumes }]) =>
      volumes?.some(({ source }) => source.endsWith('docker.sock')),
    );
    expect(withEngine.map(([name]) => name).sort()).toEqual(['scheduler', 'worker']);
  });

  it.each(Object.keys(given))('does not start without %s, and names it', (name) => {
    const { [name]: _, ...rest } = given as Record<string, string>;
    expect(() => read(rest)).toThrow(new RegExp(`${name} is missing a value`));
  });
});
