import { makeBuildAccess } from '@sconce/builder-kubernetes';
import { makeAccess } from '@sconce/runtime-kubernetes';
import { loadKeys, openerFor, sealerFor } from '@sconce/secrets-local';
import { beforeAll, describe, expect, it } from 'vitest';
import { chart, type Helm, openHelm, type Rendered, toWords } from '../support/helm.ts';

const least = {
  image: { repository: 'registry.test/sconce' },
  database: { url: 'postgresql://sconce@db/sconce' },
  redis: { url: 'redis://queue' },
  publicUrl: 'https://sconce.test',
  gatewayUrl: 'https://models.test',
  registry: { address: 'registry.test' },
};
const namespace = 'sconce-system';
let helm: Helm;
beforeAll(async () => {
  helm = await openHelm();
});

interface Pod {
  readonly securityContext: object;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly containers: readonly {
    readonly securityContext: object;
    readonly env: readonly { readonly name: string }[];
  }[];
}
const podOf = ({ spec }: Rendered): Pod | undefined =>
  (spec as { readonly template?: { readonly spec?: Pod } } | undefined)?.template?.spec;
const refusal = (values: object) => helm.render(values).then(String, (error: Error) => error.message);

describe('the chart', () => {
  it('is what helm takes for one', async () => {
    expect(await helm('lint', '--strict', chart, ...toWords(least))).toContain('0 chart(s) failed');
  });

  it.each([
    [{ image: {} }, /image\.repository is missing/],
    [{ database: {} }, /DATABASE_URL is missing: set database\.url, or database\.existingSecret/],
    [{ redis: {} }, /REDIS_URL is missing/],
    [{ publicUrl: '' }, /publicUrl is missing/],
    [{ gatewayUrl: '' }, /gatewayUrl is missing/],
    [{ registry: {} }, /registry\.address is missing/],
    [{ builder: { kind: 'docker' } }, /builder\.dockerHost is missing/],
    [{ builder: { tolerations: ['a b'] } }, /\/builder\/tolerations/],
    [{ github: { usesApp: true } }, /github\.existingSecret is missing/],
    [{ exposure: { kind: 'httpRoute' } }, /exposure\.parentRefs is missing/],
    [{ database: { url: 'mysql://db' } }, /\/database\/url/],
    [{ api: { replicas: 2 } }, /\/api\/replicas.*maximum/s],
    [{ gatway: {} }, /gatway/],
    [{ publicUrl: 'sconce.test' }, /\/publicUrl/],
  ])('refuses %j and names what is wrong', async (wrong, message) => {
    expect(await refusal({ ...least, ...wrong })).toMatch(message);
  });

  it('lets more than one API share repositories on a volume that more than one node has', async () => {
    const objects = await helm.render({ ...least, api: { replicas: 3 }, git: { accessMode: 'ReadWriteMany' } });
    expect(objects.find(({ kind }) => kind === 'PersistentVolumeClaim')?.spec).toMatchObject({
      accessModes: ['ReadWriteMany'],
    });
    expect(objects.filter(({ kind }) => kind === 'PodDisruptionBudget').map(({ metadata }) => metadata.name)).toContain(
      'sconce-api',
    );
  });

  it('gives the scheduler the rights of makeAccess, and no others', async () => {
    const kinds = [
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ];
    const plain = (list: readonly { kind: string; metadata: { name: string } }[]) =>
      list
        .filter(({ kind }) => kinds.includes(kind))
        .map(({ metadata, ...rest }) => ({ ...rest, name: metadata.name }))
        .sort((one, other) => `${one.kind}${one.name}`.localeCompare(`${other.kind}${other.name}`));
    for (const [mayReadUsage, mayExec] of [
      [true, false],
      [false, true],
    ] as const) {
      const runtime = { podSecurity: 'restricted', mayReadUsage, mayExec };
      const objects = await helm.render({ ...least, runtime }, namespace);
      const ofBuilds = ({ metadata }: { metadata: { name: string } }) => metadata.name === 'sconce-worker';
      const ofScheduler = objects.filter((object) => !ofBuilds(object));
      expect(plain(ofScheduler)).toEqual(plain(makeAccess({ home: 'any', namespace, mayReadUsage, mayExec })));
      const bindings = ofScheduler
        .filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(kind))
        .map(({ metadata }) => metadata.name);
      expect(bindings.sort()).toEqual(['sconce-platform']);
    }
  });

  it('gives workers the rights of makeBuildAccess, and none where an engine builds', async () => {
    const kinds = ['ServiceAccount', 'Role', 'RoleBinding'];
    const plain = (list: readonly { kind: string; metadata: { name: string; namespace?: string } }[]) =>
      list
        .filter(({ kind, metadata }) => kinds.includes(kind) && metadata.name === 'sconce-worker')
        .map(({ metadata, ...rest }) => ({ ...rest, namespace: metadata.namespace ?? namespace }));
    const access = makeBuildAccess({ home: 'any', namespace, buildNamespace: `${namespace}-builds` });
    expect(plain(await helm.render(least, namespace))).toEqual(
      expect.arrayContaining(plain(access).map((one) => expect.objectContaining(one))),
    );
    const withEngine = { ...least, builder: { kind: 'docker', dockerHost: 'tcp://builder.test:2375' } };
    expect(plain(await helm.render(withEngine, namespace))).toEqual([]);
  });

  it('makes keys that seal and open, and keeps them when it goes', async () => {
    const objects = await helm.render(least);
    const secret = objects.find(({ metadata }) => metadata.name === 'sconce-keys');
    expect(secret?.metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
    const text = Buffer.from(
      (secret?.data as Record<string, string> | undefined)?.SCONCE_KEYS ?? '',
      'base64',
    ).toString();
    const ring = await loadKeys({ text });
    const place = { owner: 'svc_1', name: 'TOKEN', version: 1 };
    for (const purpose of ['secret', 'variable'] as const) {
      const sealed = await sealerFor(ring, purpose).seal(place, Buffer.from('hunter2'));
      expect(Buffer.from(await openerFor(ring, purpose).open(place, sealed)).toString()).toBe('hunter2');
    }
  });

  it('runs all pods as restricted pod security asks, and the gateway without database, keys or account', async () => {
    const pods = (await helm.render(least)).flatMap((object) => {
      const pod = podOf(object);
      return pod ? [{ name: object.metadata.name, pod }] : [];
    });
    expect(pods.map(({ name }) => name).sort()).toEqual(
      ['api', 'gateway', 'migrate', 'scheduler', 'worker'].map((name) => `sconce-${name}`),
    );
    for (const { pod } of pods) {
      // Else a release that is called sconce gives its own pods SCONCE_API_PORT=tcp://...
      expect(pod.enableServiceLinks).toBe(false);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.containers[0]?.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
    const gateway = pods.find(({ name }) => name === 'sconce-gateway')?.pod;
    expect(gateway?.automountServiceAccountToken).toBe(false);
    const names = gateway?.containers[0]?.env.map(({ name }) => name) ?? [];
    expect(names).toContain('SCONCE_LINK_TOKEN');
    expect(names.filter((name) => /KEYS|DATABASE|REDIS|REGISTRY/.test(name))).toEqual([]);
  });

  it.each([
    [{ kind: 'ingress', ingressClassName: 'nginx' }, 'Ingress'],
    [{ kind: 'httpRoute', parentRefs: [{ name: 'public' }] }, 'HTTPRoute'],
  ])('is reached as %j', async (exposure, kind) => {
    const objects = (await helm.render({ ...least, exposure })).filter((object) => object.kind === kind);
    expect(objects.map(({ metadata }) => metadata.name).sort()).toEqual(['sconce-api', 'sconce-gateway']);
    expect(JSON.stringify(objects)).toMatch(/sconce\.test.*models\.test/s);
  });
});
