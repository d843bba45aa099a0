import { run } from '@sconce/foundation';
import { describe, expect, it } from 'vitest';
import { buildScript } from './build-script.ts';
import { quote } from './make-build-command.ts';
import { makeBuildJob } from './make-build-job.ts';
import { makeBuildNamespace } from './make-build-namespace.ts';
import { imageTag, jobName } from './names.ts';
import { makeBuildkitConfig, makeDockerConfig, toRegistryPlace } from './registry-place.ts';

const options = {
  home: 'main',
  namespace: 'sconce-builds',
  image: 'moby/buildkit:rootless',
  nodeSelector: { pool: 'builds' },
  tolerations: [{ key: 'builds-only', operator: 'Exists' as const }],
  diskGiB: 20,
};
const build = 'bld_01M8GPM0VA00EZVMZCC5F9HE9R';

describe('what builds leave on a cluster', () => {
  it('is a Job that knows nothing of its build but its id and its limits', () => {
    const limits = { timeMs: 60_000, memoryMiB: 2_048, outputBytes: 1 };
    const { spec, ...job } = makeBuildJob('b-1', { build, limits }, options);
    expect(job).toMatchInlineSnapshot(`
      {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
          "labels": {
            "sconce.dev/build": "bld-01m8gpm0va00ezvmzcc5f9he9r",
            "sconce.dev/home": "main",
          },
          "name": "b-1",
          "namespace": "sconce-builds",
        },
      }
    `);
    const { template, ...times } = spec as { template: { spec: { containers: { command: string[] }[] } } };
    expect(times).toEqual({ backoffLimit: 0, activeDeadlineSeconds: 960, ttlSecondsAfterFinished: 120 });
    expect(template.spec.containers[0]?.command).toEqual(['/bin/sh', '-c', buildScript]);
    expect(template.spec).toMatchObject({
      automountServiceAccountToken: false,
      nodeSelector: { pool: 'builds' },
      tolerations: [{ key: 'builds-only', operator: 'Exists' }],
      securityContext: { runAsNonRoot: true, runAsUser: 1_000 },
      containers: [
        {
          stdin: true,
          stdinOnce: true,
          resources: { limits: { memory: '2304Mi', 'ephemeral-storage': '20Gi' }, requests: { memory: '1024Mi' } },
        },
      ],
    });
    expect(JSON.stringify(template)).not.toMatch(/privileged|hostPath|hostNetwork/);
  });

  it('has a script that Kubernetes hands on as it is: it takes $$ for $, and $(NAME) for a variable', () => {
    expect(buildScript).not.toMatch(/\$\$|\$\(/);
  });

  it('lets builds reach the registry by its port alone where it is an address', () => {
    const [, policy] = makeBuildNamespace({
      home: 'main',
      namespace: 'sconce-builds',
      registry: toRegistryPlace('http://10.0.0.9:5000/team').reach,
      egressCidrs: ['10.9.0.0/24'],
    });
    const { egress } = (policy?.spec ?? {}) as { egress: readonly object[] };
    expect(egress.at(-1)).toEqual({
      to: [{ ipBlock: { cidr: '10.0.0.9/32' } }],
      ports: [{ protocol: 'TCP', port: 5_000 }],
    });
    expect(egress[1]).toMatchObject({ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '10.9.0.0/24' } }] });
  });

  it('names each attempt anew, and the image after its build', () => {
    expect(jobName(build)).toMatch(/^bld-01m8gpm0va00ezvmzcc5f9he9r-[0-9a-f]{8}$/);
    expect(jobName(build)).not.toBe(jobName(build));
    expect(jobName(`bld_${'x'.repeat(200)}`).length).toBeLessThanOrEqual(63);
    expect(imageTag('bld_1/../x')).toBe('bld_1-..-x');
  });
});

describe('where builds push to', () => {
  it.each([
    ['registry.example:5000/team', 'registry.example:5000', false, null],
    ['http://10.0.0.9', '10.0.0.9', true, { cidr: '10.0.0.9/32', port: 80 }],
    ['10.0.0.9', '10.0.0.9', false, { cidr: '10.0.0.9/32', port: 443 }],
  ])('is read from %s', (given, host, isPlainHttp, reach) => {
    expect(toRegistryPlace(given)).toMatchObject({ host, isPlainHttp, reach });
  });

  it('is told to BuildKit with its credentials', () => {
    expect(makeDockerConfig('registry.example', null)).toBe('{}');
    const { auths } = JSON.parse(makeDockerConfig('registry.example', { username: 'ada', password: 'a:b' })) as {
      auths: Record<string, { auth: string }>;
    };
    expect(Buffer.from(auths['registry.example']?.auth ?? '', 'base64').toString()).toBe('ada:a:b');
    expect(makeBuildkitConfig(toRegistryPlace('http://r.test:1'), '# given')).toBe(
      '# given\n[registry."r.test:1"]\n  http = true\n',
    );
    expect(makeBuildkitConfig(toRegistryPlace('r.test'), '# given')).toBe('# given');
  });
});

describe('quote', () => {
  it.each(["it's", '$(id)', '`id`', 'a\nb', '"', '\\', "'; exit 1; '", ''])(
    'hands %j through a shell',
    async (word) => {
      const { stdout } = await run('/bin/sh', ['-c', `printf %s ${quote(word)}`], { env: {}, timeoutMs: 20_000 });
      expect(stdout.toString()).toBe(word);
    },
  );
});
