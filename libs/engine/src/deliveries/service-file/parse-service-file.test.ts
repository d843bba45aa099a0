import { readFileSync } from 'node:fs';
import { defaultBuildSettings, defaultServiceSettings, effectiveSettings } from '@sconce/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseServiceFile, ServiceFileInvalid } from './parse-service-file.ts';

const whole = `
services:
  resnet50:
    build: { dockerfile: Dockerfile, context: ., watch: ["**", "!docs/**"], args: { A: 1.10 }, secrets: [pip-token] }
    port: 8000
    probe: { path: /healthz, startupTimeout: 5m, period: 500ms, timeout: 1s, failures: 5 }
    resources: { cpu: 1, memory: 2Gi, gpu: "H100:2" }
    scaling: { min: 0, max: 4, concurrency: 4, idle: 10m }
    env: { LOG_LEVEL: info, VERSION: 1.10, COUNTRY: no, EMPTY: "" }
    secrets: [model-registry]
    volumes: [{ name: cache, path: /models, size: 20Gi }]
    sidecars:
      - { name: cache, image: "redis:7" }
      - { name: tokens, image: a/b, command: [x], env: { A: 1 }, sharesVariables: true, cpu: 0.5, memory: 64Mi }
    command: [python, serve.py]
    drainTimeout: 1m
    watchFor: 2m
  web: {}
environments:
  production: { resnet50: { scaling: { min: 1 }, env: { LOG_LEVEL: warn } } }
`;

function problemOf(text: string): string {
  try {
    parseServiceFile(text);
  } catch (error) {
    if (error instanceof ServiceFileInvalid) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

function settingsOf(text: string, slug = 'web', environment = 'production') {
  const found = parseServiceFile(text)
    .servicesIn(environment)
    .find((service) => service.slug === slug);
  if (!found) throw new Error(`no ${slug}`);
  return found.settings;
}

describe('parseServiceFile', () => {
  it('reads every setting in its unit', () => {
    expect(settingsOf(whole, 'resnet50', 'staging')).toEqual({
      settings: {
        port: 8000,
        probe: { path: '/healthz', startupTimeoutMs: 300_000, periodMs: 500, timeoutMs: 1_000, failureThreshold: 5 },
        resources: { cpuMilli: 1_000, memoryMiB: 2_048, gpu: { product: 'H100', count: 2, memoryMiB: null } },
        scaling: { min: 0, max: 4, concurrency: 4, idleMs: 600_000 },
        volumes: [{ name: 'cache', path: '/models', sizeMiB: 20_480 }],
        sidecars: [
          {
            name: 'cache',
            image: 'redis:7',
            command: null,
            env: {},
            sharesVariables: false,
            cpuMilli: null,
            memoryMiB: null,
          },
          {
            name: 'tokens',
            image: 'a/b',
            command: ['x'],
            env: { A: '1' },
            sharesVariables: true,
            cpuMilli: 500,
            memoryMiB: 64,
          },
        ],
        command: ['python', 'serve.py'],
        drainTimeoutMs: 60_000,
        watchMs: 120_000,
      },
      build: {
        dockerfile: 'Dockerfile',
        context: '.',
        watch: ['**', '!docs/**'],
        args: { A: '1.10' },
        secrets: ['pip-token'],
      },
      env: { LOG_LEVEL: 'info', VERSION: '1.10', COUNTRY: 'no', EMPTY: '' },
      secretGroups: ['model-registry'],
    });
  });

  it('lays an environment over the service, key by key', () => {
    const settings = settingsOf(whole, 'resnet50', 'production');
    expect(settings.settings.scaling).toEqual({ min: 1, max: 4, concurrency: 4, idleMs: 600_000 });
    expect(settings.env).toEqual({ LOG_LEVEL: 'warn', VERSION: '1.10', COUNTRY: 'no', EMPTY: '' });
    expect(settings.secretGroups).toEqual(['model-registry']);
  });

  it('takes the whole file of the documentation, in which no setting is missing', () => {
    const page = readFileSync(new URL('../../../../../docs/sconce-yaml.md', import.meta.url), 'utf8');
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const { settings, build } = settingsOf(example, 'resnet50');
    expect(Object.keys(settings).sort()).toEqual(Object.keys(defaultServiceSettings).sort());
    expect(Object.keys(build).sort()).toEqual(Object.keys(defaultBuildSettings).sort());
    for (const part of ['probe', 'resources', 'scaling'] as const) {
      expect(Object.keys(settings[part] ?? {}).sort()).toEqual(Object.keys(defaultServiceSettings[part]).sort());
    }
    expect(settings.scaling?.max).toBe(2);
  });

  it('keeps silent about what the file does not say', () => {
    expect(settingsOf(whole, 'web')).toEqual({ settings: {}, build: {}, env: {}, secretGroups: [] });
    expect(effectiveSettings(settingsOf(whole, 'web'), {})).toEqual(defaultServiceSettings);
  });

  it.each([
    ['gpu: none', null],
    ['gpu: 24GB', { product: null, count: 1, memoryMiB: 22_888 }],
    ['gpu: [L4, T4]', { product: 'L4', count: 1, memoryMiB: null, alternatives: ['T4'] }],
  ])('reads %s', (line, gpu) => {
    expect(settingsOf(`services: { web: { resources: { ${line} } } }`).settings.resources?.gpu).toEqual(gpu);
  });

  it('reads `none` as no limit', () => {
    const { settings } = settingsOf(
      'services: { web: { resources: { cpu: none, memory: none }, scaling: { concurrency: none } } }',
    );
    expect(settings.resources).toEqual({ cpuMilli: null, memoryMiB: null });
    expect(settings.scaling).toEqual({ concurrency: null });
  });

  it.each([
    ['services:\n  web:\n    prot: 8000', 'services.web.prot (line 3): is not a setting that Sconce knows here'],
    ['services:\n  web:\n    probe:\n      pfad: /x', 'services.web.probe.pfad (line 4): is not a setting'],
    [
      'services:\n  web:\n    port: 99999',
      'services.web.port (line 3): expected a whole number from 1 to 65535, not "99999"',
    ],
    ['services:\n  web:\n    port:', 'services.web.port (line 3): expected a whole number'],
    ['services:\n  web:\n    port: 0x50', 'services.web.port (line 3): expected a whole number'],
    [
      'services:\n  web:\n    probe: { startupTimeout: 5 }',
      'services.web.probe.startupTimeout (line 3): expected a time like',
    ],
    ['services:\n  web:\n    resources: { memory: 2GB }', 'services.web.resources.memory (line 3): expected a size'],
    ['services:\n  web:\n    resources: { cpu: many }', 'services.web.resources.cpu (line 3): expected cores'],
    ['services:\n  web:\n    resources: { gpu: "L4:0" }', 'services.web.resources.gpu (line 3): expected a GPU'],
    ['services:\n  web:\n    build: { context: ../x }', 'services.web.build.context (line 3): expected a path inside'],
    [
      'services:\n  web:\n    build: { dockerfile: /etc/passwd }',
      'services.web.build.dockerfile (line 3): expected a path',
    ],
    ['services:\n  web:\n    build: { watch: [""] }', 'services.web.build.watch.0 (line 3): expected a glob'],
    ['services:\n  web:\n    scaling: { min: 3, max: 2 }', 'services.web.scaling.max (line 3): is below min'],
    ['services:\n  web:\n    env: { PORT: 1 }', 'services.web.env.PORT (line 3): PORT is set by Sconce itself'],
    ['services:\n  web:\n    env: { 1A: x }', 'services.web.env.1A (line 3): A name holds'],
    ['services:\n  web:\n    env: { A: [x] }', 'services.web.env.A (line 3): expected a text'],
    ['services:\n  web:\n    command: ["a\\0b"]', 'services.web.command.0 (line 3): holds a NUL'],
    [
      'services:\n  web:\n    build: { args: { A: "\\ud800" } }',
      'services.web.build.args.A (line 3): holds a NUL or half',
    ],
    ['services:\n  web:\n    command: python serve.py', 'services.web.command (line 3): expected a list'],
    [
      'services:\n  web:\n    volumes: [{ name: a, path: x }]',
      'services.web.volumes.0.path (line 3): expected a path that',
    ],
    [
      'services:\n  web:\n    volumes: [{ name: a, path: /x }, { name: a, path: /y }]',
      'services.web.volumes (line 3): names a volume',
    ],
    [
      'services:\n  web:\n    sidecars: [{ name: main, image: redis }]',
      'services.web.sidecars.0.name (line 3): `main` is the service itself',
    ],
    [
      'services:\n  web:\n    sidecars: [{ name: a, image: "https://x" }]',
      'services.web.sidecars.0.image (line 3): expected an image like',
    ],
    [
      'services:\n  web:\n    sidecars: [{ name: a, image: b, sharesVariables: yes }]',
      'services.web.sidecars.0.sharesVariables (line 3): expected true or false',
    ],
    [
      'services:\n  web:\n    sidecars: [{ name: a, image: b }, { name: a, image: b }]',
      'services.web.sidecars (line 3): names a sidecar twice',
    ],
    ['services:\n  Web: {}', 'services.Web (line 2): expected a name of lower-case'],
    ['services:\n  web: 8000', 'services.web (line 2): expected settings'],
    ['services:\n  web:', 'services.web (line 2): expected settings'],
    ['services: [web]', 'services (line 1): expected services by name'],
    ['services: {}', 'services (line 1): expected services by name'],
    ['', 'sconce.yaml: expected `services:`'],
    ['[]', 'sconce.yaml: expected `services:`'],
    ['{}', 'services: expected services by name'],
    ['service: {}', 'service (line 1): is not a setting'],
    [
      'services: { web: {} }\nenvironments: { production: { api: {} } }',
      'environments.production.api (line 2): is not among',
    ],
    ['services: { web: {}, web: {} }', 'Map keys must be unique'],
    ['services: { web: {', 'sconce.yaml: '],
    ['services: { __proto__: { port: 1 } }', 'services (line 1)'],
    ['services: { web: { <<: { port: 1 } } }', 'services.web.<<'],
  ])('names the place in %j', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  it('says several problems at once, and not endlessly many', () => {
    expect(problemOf('services: { web: { port: 0, watchFor: x } }').split('\n').length).toBe(2);
    const many = Array.from({ length: 40 }, (_, i) => `s${i}: { port: 0 }`).join(', ');
    expect(problemOf(`services: { ${many} }`).split('\n').at(-1)).toBe('and 30 more');
  });

  it('does not unfold aliases without end', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`).join('\n');
    expect(problemOf(`a0: &a0 [x]\n${levels}\nservices: { web: {} }`)).toContain('too many aliases');
  });

  it('takes or refuses anything, and never fails otherwise', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string().map((text) => `services: { web: { ${text} } }`),
        ),
        (text) => {
          try {
            parseServiceFile(text).servicesIn('production');
          } catch (error) {
            expect(error).toBeInstanceOf(ServiceFileInvalid);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
