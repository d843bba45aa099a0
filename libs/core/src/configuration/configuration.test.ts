import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkConfigurationName,
  checkConfigurationValue,
  configurationLimits,
  utf8Length,
} from './configuration-rules.ts';
import { layerConfiguration } from './layer-configuration.ts';
import { planConfigurationChanges, type StandingValue } from './plan-configuration-changes.ts';

describe('checkConfigurationName', () => {
  it.each(['A', '_', 'LOG_LEVEL', 'log_level', 'A1', 'PORT_2', 'port', 'SCONCEX', 'a'.repeat(128)])(
    'allows %s',
    (name) => {
      expect(checkConfigurationName(name)).toBeNull();
    },
  );

  it.each(['', '1A', 'A-B', 'A B', 'A=B', 'Ä', 'A\n', 'A\0', 'a'.repeat(129)])('refuses %j as no name', (name) => {
    expect(checkConfigurationName(name)?.code).toBe('invalid_name');
  });

  it.each(['PORT', 'SCONCE_', 'SCONCE_URL', 'sconce_url', '__proto__'])('keeps %s for itself', (name) => {
    expect(checkConfigurationName(name)?.code).toBe('reserved_name');
  });
});

describe('checkConfigurationValue', () => {
  it('takes any text of 32 KiB and refuses one byte more, counted in UTF-8', () => {
    const limit = configurationLimits.valueBytes;
    expect(checkConfigurationValue('A', 'x'.repeat(limit))).toBeNull();
    expect(checkConfigurationValue('A', 'x'.repeat(limit + 1))?.code).toBe('too_large');
    expect(checkConfigurationValue('A', 'é'.repeat(limit / 2))).toBeNull();
    expect(checkConfigurationValue('A', `${'é'.repeat(limit / 2)}x`)?.code).toBe('too_large');
  });

  it.each(['a\0b', '\0', '\ud800'])('refuses %j, which a process cannot be given as it is', (value) => {
    expect(checkConfigurationValue('A', value)?.code).toBe('not_text');
  });

  it('never repeats the value in its message', () => {
    expect(checkConfigurationValue('A', 'hunter2\0')?.message).not.toContain('hunter2');
  });

  it('counts bytes as an encoder would', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(text.isWellFormed());
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    ));
});

describe('planConfigurationChanges', () => {
  const standing: StandingValue[] = [
    { name: 'KEPT', version: 4, fingerprint: 'f:kept', removed: false },
    { name: 'GONE', version: 2, fingerprint: 'f:gone', removed: true },
  ];
  const plan = (patch: Record<string, string | null>, from = standing) =>
    planConfigurationChanges(from, new Map(Object.entries(patch)), (value) => `f:${value}`);

  it.each([
    ['a new name', { NEW: 'x' }, [{ name: 'NEW', change: 'created', version: 1 }]],
    ['another value', { KEPT: 'other' }, [{ name: 'KEPT', change: 'updated', version: 5 }]],
    ['the same value', { KEPT: 'kept' }, [{ name: 'KEPT', change: 'unchanged', version: 4 }]],
    ['a removal', { KEPT: null }, [{ name: 'KEPT', change: 'removed', version: 4 }]],
    ['a removal of what is not there', { NEVER: null, GONE: null }, []],
    [
      'a name that was removed, with its old value',
      { GONE: 'gone' },
      [{ name: 'GONE', change: 'created', version: 3 }],
    ],
    ['nothing', {}, []],
  ])('understands %s', (_, patch, changes) => {
    expect(plan(patch)).toEqual({ changes });
  });

  it('changes nothing when one name is wrong, and names every mistake', () => {
    expect(plan({ KEPT: 'x', PORT: '1', '1A': 'x', BIG: 'x'.repeat(40_000) })).toMatchObject({
      mistakes: [{ code: 'reserved_name' }, { code: 'invalid_name' }, { code: 'too_large' }],
    });
  });

  it('counts what would stand afterwards against the limit', () => {
    const full = Array.from({ length: 256 }, (_, index) => ({
      name: `N${index}`,
      version: 1,
      fingerprint: 'f',
      removed: false,
    }));
    expect(plan({ NEW: 'x' }, full)).toMatchObject({ tooMany: true });
    expect(plan({ NEW: 'x', N0: null }, full)).toHaveProperty('changes');
    expect(plan({ N0: 'x' }, full)).toHaveProperty('changes');
  });

  it('never gives a version out twice, whatever order things are set and removed in', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ A: fc.option(fc.constantFrom('x', 'y')), B: fc.option(fc.constantFrom('x', 'y')) })),
        (patches) => {
          let state: StandingValue[] = [];
          const given = new Set<string>();
          for (const patch of patches) {
            const planned = plan(patch, state);
            if (!('changes' in planned)) throw new Error('refused');
            for (const { name, change, version } of planned.changes) {
              const fingerprint = `f:${patch[name as 'A' | 'B']}`;
              if (change === 'created' || change === 'updated') {
                expect(given.has(`${name}${version}`)).toBe(false);
                given.add(`${name}${version}`);
              }
              state = [
                ...state.filter((value) => value.name !== name),
                { name, version, fingerprint, removed: change === 'removed' },
              ];
            }
          }
        },
      ),
    ));
});

describe('layerConfiguration', () => {
  it('lets later layers stand over earlier ones and sorts by name', () => {
    const layers = [
      [
        { name: 'B', from: 'file' },
        { name: 'A', from: 'file' },
      ],
      [{ name: 'B', from: 'environment' }],
      [{ name: 'C', from: 'service' }],
    ];
    expect(layerConfiguration(layers)).toEqual([
      { name: 'A', from: 'file' },
      { name: 'B', from: 'environment' },
      { name: 'C', from: 'service' },
    ]);
  });
});
