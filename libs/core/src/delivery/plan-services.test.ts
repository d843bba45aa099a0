import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyFileSettings, type FileSettings } from '../service/file-settings.ts';
import {
  commitsToCompare,
  decideWatched,
  planServices,
  type ServiceCandidate,
  type StandingService,
} from './plan-services.ts';

const service = (slug: string, more: Partial<StandingService> = {}): StandingService => ({
  id: `svc_${slug}`,
  environmentId: 'env_1',
  slug,
  repositoryId: 'rpo_1',
  buildSettings: {},
  fileSettings: {},
  secretGroups: [],
  builtCommit: null,
  ...more,
});
const named = (slug: string, settings: Partial<FileSettings> = {}) => ({
  slug,
  settings: { ...emptyFileSettings, ...settings },
});
const plan = (file: ReturnType<typeof named>[] | null, standing: StandingService[]) =>
  planServices('rpo_1', 'env_1', file, standing);

describe('planServices', () => {
  it('takes services made by people when there is no file', () => {
    const { candidates, skipped } = plan(null, [
      service('a'),
      service('b', { fileSettings: { settings: {} } }),
      service('c', { repositoryId: 'rpo_2' }),
    ]);
    expect(candidates.map(({ slug, serviceId }) => [slug, serviceId])).toEqual([
      ['a', 'svc_a'],
      ['b', 'svc_b'],
    ]);
    expect(skipped).toEqual([]);
  });

  it('makes what the file names and nobody has', () => {
    expect(plan([named('web')], []).candidates).toMatchObject([
      { slug: 'web', serviceId: null, environmentId: 'env_1' },
    ]);
  });

  it('looks at its own environment alone', () => {
    const { candidates } = plan([named('web')], [service('web', { environmentId: 'env_2' })]);
    expect(candidates).toMatchObject([{ serviceId: null }]);
  });

  it('never takes a name from a service that is not of this repository', () => {
    const { candidates, skipped } = plan(
      [named('web'), named('api')],
      [service('web', { repositoryId: 'rpo_2' }), service('api', { repositoryId: null })],
    );
    expect(candidates).toEqual([]);
    expect(skipped.map(({ slug, reason }) => [slug, reason])).toEqual([
      ['web', 'config_invalid'],
      ['api', 'config_invalid'],
    ]);
    expect(skipped[0]?.message).toContain('another repository');
    expect(skipped[1]?.message).toContain('without a repository');
  });

  it('skips what the file named once and names no more, but not what people made', () => {
    const { candidates, skipped } = plan(
      [named('web')],
      [service('old', { fileSettings: { settings: {} } }), service('mine')],
    );
    expect(candidates.map(({ slug }) => slug)).toEqual(['web', 'mine']);
    expect(skipped).toMatchObject([{ slug: 'old', reason: 'no_service', serviceId: 'svc_old' }]);
  });

  it('lays what people set over what the file says', () => {
    const standing = [service('web', { buildSettings: { dockerfile: 'Other' }, secretGroups: ['b'] })];
    const [candidate] = plan(
      [named('web', { build: { dockerfile: 'File', context: 'app' }, secretGroups: ['a'] })],
      standing,
    ).candidates;
    expect(candidate?.build).toMatchObject({ dockerfile: 'Other', context: 'app' });
    expect(candidate?.secretGroups).toEqual(['a', 'b']);
  });

  it('accounts for every named and every own service exactly once', () => {
    const slug = fc.constantFrom('a', 'b', 'c', 'd');
    const standing = fc.uniqueArray(
      fc
        .record({
          slug,
          repositoryId: fc.constantFrom('rpo_1', 'rpo_2', null),
          fileSettings: fc.constantFrom({}, { settings: {} }),
        })
        .map(({ slug: name, ...more }) => service(name, more)),
      { selector: (one) => one.slug },
    );
    const file = fc.option(fc.uniqueArray(slug).map((slugs) => slugs.map((name) => named(name))));
    fc.assert(
      fc.property(file, standing, (names, services) => {
        const { candidates, skipped } = plan(names, services);
        const seen = [...candidates, ...skipped].map((one) => one.slug).sort();
        const expected = new Set([
          ...(names ?? []).map((one) => one.slug),
          ...services.filter((one) => one.repositoryId === 'rpo_1').map((one) => one.slug),
        ]);
        expect(seen).toEqual([...expected].sort());
        for (const candidate of candidates) {
          const owner = services.find((one) => one.slug === candidate.slug);
          expect(owner === undefined || owner.repositoryId === 'rpo_1').toBe(true);
        }
      }),
    );
  });
});

describe('decideWatched', () => {
  const watching = (watch: string[], builtCommit: string | null): ServiceCandidate => {
    const [candidate] = plan([named('web', { build: { watch } })], [service('web', { builtCommit })]).candidates;
    if (!candidate) throw new Error('no candidate');
    return candidate;
  };

  it.each([
    ['nothing was built yet', ['src/**'], null, [], true],
    ['everything is watched', ['**'], 'old', [], true],
    ['it cannot be told what changed', ['src/**'], 'old', null, true],
    ['a watched path changed', ['src/**'], 'old', ['docs/a', 'src/b'], true],
    ['only others changed', ['src/**'], 'old', ['docs/a'], false],
    ['only what is taken away changed', ['**', '!docs/**'], 'old', ['docs/a'], false],
    ['nothing changed', ['src/**'], 'old', [], false],
  ])('%s', (_, watch, builtCommit, changed, builds) => {
    const why = decideWatched(watching(watch, builtCommit), () => changed);
    expect(why === null).toBe(builds);
    if (why !== null) expect(why.reason).toBe('no_watched_path');
  });

  it('asks only for commits that matter, each once', () => {
    const all = [watching(['a/**'], 'one'), watching(['b/**'], 'one'), watching(['**'], 'two'), watching(['c'], null)];
    expect(commitsToCompare(all)).toEqual(['one']);
  });
});
