import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../canonical-json.ts';
import type { FrozenValue } from '../release/release-spec.ts';
import { defaultBuildSettings } from '../service/service-settings.ts';
import { type BuildPhase, buildEnds, buildMoves } from './build-phase.ts';
import { imageInputs } from './image-inputs.ts';
import { planSupersede } from './plan-supersede.ts';

const secret = (name: string, sealed: string): FrozenValue => ({
  name,
  version: 1,
  sealed: sealed as FrozenValue['sealed'],
  fingerprint: 'f',
});
const key = (...given: Parameters<typeof imageInputs>) => canonicalJson(imageInputs(...given));

describe('imageInputs', () => {
  it('is equal for equal settings, whatever is watched and in whatever order', () => {
    const args = { B: '2', A: '1' };
    const one = key({ ...defaultBuildSettings, args, watch: ['src/**'] }, [secret('x', 'val_1'), secret('a', 'val_2')]);
    const two = key({ ...defaultBuildSettings, args: { A: '1', B: '2' } }, [
      secret('a', 'val_2'),
      secret('x', 'val_1'),
    ]);
    expect(one).toBe(two);
  });

  it('differs by everything that reaches the image', () => {
    const keys = [
      key(defaultBuildSettings, []),
      key({ ...defaultBuildSettings, dockerfile: 'Other' }, []),
      key({ ...defaultBuildSettings, context: 'app' }, []),
      key({ ...defaultBuildSettings, args: { A: '1' } }, []),
      key(defaultBuildSettings, [secret('a', 'val_1')]),
      key(defaultBuildSettings, [secret('a', 'val_2')]),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('planSupersede', () => {
  it('ends a build exactly when everything it was for is built anew', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'));
    fc.assert(
      fc.property(fc.array(ids), ids, (older, now) => {
        const builds = older.map((serviceIds, index) => ({ id: `${index}`, serviceIds }));
        const ended = planSupersede(builds, new Set(now));
        for (const build of builds) {
          const left = build.serviceIds.filter((id) => !now.includes(id));
          expect(ended.includes(build)).toBe(build.serviceIds.length > 0 && left.length === 0);
        }
      }),
    );
  });
});

it('lets no build move on after its end', () => {
  for (const [phase, next] of Object.entries(buildMoves)) {
    expect(buildEnds.includes(phase as BuildPhase)).toBe(next.length === 0);
  }
});
