import { type SealedPlace, SealedValueUnreadable } from '@sconce/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { associatedData } from './envelope.ts';
import {
  decodeKeyRing,
  encodeKeyRing,
  type KeyRing,
  KeysUnusable,
  newKeyRing,
  newPair,
  purposes,
  withoutPrivateHalves,
} from './key-ring.ts';
import { openerFor, sealerFor } from './sealer.ts';

const now = new Date('2026-01-02T03:04:05Z');
const ring = newKeyRing(now);
const place: SealedPlace = { owner: 'grp_1', name: 'HUB_TOKEN', version: 3 };
const anyPlace = fc.record({ owner: fc.string(), name: fc.string(), version: fc.nat() });
const anyPurpose = fc.constantFrom(...purposes);
const unreadable = (attempt: Promise<unknown>) => expect(attempt).rejects.toThrow(SealedValueUnreadable);

describe('sealing', () => {
  it('opens to the same bytes, whatever they are and wherever they belong', () =>
    fc.assert(
      fc.asyncProperty(anyPurpose, anyPlace, fc.uint8Array({ maxLength: 300 }), async (purpose, where, value) => {
        const sealed = await sealerFor(ring, purpose).seal(where, value);
        expect(Buffer.from(await openerFor(ring, purpose).open(where, sealed))).toEqual(Buffer.from(value));
      }),
    ));

  it('refuses every change of every byte', async () => {
    const sealed = await sealerFor(ring, 'secret').seal(place, Buffer.from('hunter2'));
    const opener = openerFor(ring, 'secret');
    for (let index = 0; index < sealed.bytes.length; index += 1) {
      for (const bit of [1, 128]) {
        const bytes = Uint8Array.from(sealed.bytes);
        bytes[index] = (bytes[index] ?? 0) ^ bit;
        await unreadable(opener.open(place, { ...sealed, bytes }));
      }
    }
  });

  it('refuses what was cut, lengthened or made up', () =>
    fc.assert(
      fc.asyncProperty(fc.nat({ max: 115 }), fc.uint8Array({ maxLength: 200 }), async (keep, more) => {
        const sealed = await sealerFor(ring, 'secret').seal(place, Buffer.from('hunter2'));
        const opener = openerFor(ring, 'secret');
        await unreadable(opener.open(place, { ...sealed, bytes: sealed.bytes.subarray(0, keep) }));
        await unreadable(
          opener.open(place, { ...sealed, bytes: Buffer.concat([sealed.bytes, Uint8Array.of(0), more]) }),
        );
        await unreadable(opener.open(place, { ...sealed, bytes: more }));
      }),
    ));

  it('opens at no other place', () =>
    fc.assert(
      fc.asyncProperty(anyPlace, anyPlace, async (here, there) => {
        fc.pre(JSON.stringify(here) !== JSON.stringify(there));
        const sealed = await sealerFor(ring, 'secret').seal(here, Buffer.from('hunter2'));
        await unreadable(openerFor(ring, 'secret').open(there, sealed));
      }),
    ));

  it('binds places without letting one part run into the next', () =>
    fc.assert(
      fc.property(anyPlace, anyPlace, (one, other) => {
        const same = one.owner === other.owner && one.name === other.name && one.version === other.version;
        expect(Buffer.from(associatedData('secret', one)).equals(associatedData('secret', other))).toBe(same);
      }),
    ));

  it('opens with no other key, purpose or key id', async () => {
    const sealed = await sealerFor(ring, 'secret').seal(place, Buffer.from('hunter2'));
    await unreadable(openerFor(newKeyRing(now), 'secret').open(place, sealed));
    await unreadable(openerFor(ring, 'variable').open(place, sealed));
    const [only] = ring.pairs.secret;
    if (!only) throw new Error('no pair');
    const renamed: KeyRing = { ...ring, pairs: { ...ring.pairs, secret: [{ ...only, id: 'kek_0000000000000000' }] } };
    await unreadable(openerFor(renamed, 'secret').open(place, { ...sealed, keyId: 'kek_0000000000000000' }));
  });

  it('says where a value belongs and nothing of the value when it does not open', async () => {
    const sealed = await sealerFor(ring, 'secret').seal(place, Buffer.from('hunter2'));
    const failure = await openerFor(ring, 'secret')
      .open({ ...place, version: 4 }, sealed)
      .catch((error: unknown) => error);
    expect(String(failure)).toContain('HUB_TOKEN of grp_1, version 4');
    expect(String(failure)).not.toContain('hunter2');
  });
});

describe('keys without the private half', () => {
  const sealOnly = decodeKeyRing(encodeKeyRing(withoutPrivateHalves(ring, 'secret')), 'test');

  it('seal secrets that the whole keys open, and cannot open them', async () => {
    expect(() => openerFor(sealOnly, 'secret')).toThrow(KeysUnusable);
    const sealed = await sealerFor(sealOnly, 'secret').seal(place, Buffer.from('hunter2'));
    expect(Buffer.from(await openerFor(ring, 'secret').open(place, sealed)).toString()).toBe('hunter2');
  });

  it('still open variables, which are shown', async () => {
    const sealed = await sealerFor(ring, 'variable').seal(place, Buffer.from('info'));
    expect(Buffer.from(await openerFor(sealOnly, 'variable').open(place, sealed)).toString()).toBe('info');
  });
});

describe('rotation', () => {
  it('seals with the newest key and opens what every earlier one sealed', async () => {
    const rotated: KeyRing = { ...ring, pairs: { ...ring.pairs, secret: [...ring.pairs.secret, newPair(now)] } };
    const earlier = await sealerFor(ring, 'secret').seal(place, Buffer.from('one'));
    const later = await sealerFor(rotated, 'secret').seal(place, Buffer.from('two'));
    expect(later.keyId).not.toBe(earlier.keyId);
    expect(Buffer.from(await openerFor(rotated, 'secret').open(place, earlier)).toString()).toBe('one');
    expect(Buffer.from(await openerFor(rotated, 'secret').open(place, later)).toString()).toBe('two');
    await unreadable(openerFor(ring, 'secret').open(place, later));
  });
});

describe('fingerprint', () => {
  const sealer = sealerFor(ring, 'secret');

  it('is equal for equal values of one owner, and tells nothing across owners, purposes and installations', () => {
    const value = Buffer.from('hunter2');
    expect(sealer.fingerprint('grp_1', value)).toMatch(/^[0-9a-f]{12}$/);
    expect(sealer.fingerprint('grp_1', value)).toBe(sealerFor(ring, 'secret').fingerprint('grp_1', value));
    const others = [
      sealer.fingerprint('grp_2', value),
      sealerFor(ring, 'variable').fingerprint('grp_1', value),
      sealerFor(newKeyRing(now), 'secret').fingerprint('grp_1', value),
    ];
    expect(others).not.toContain(sealer.fingerprint('grp_1', value));
  });

  it('does not let the owner run into the value', () => {
    expect(sealer.fingerprint('grp', Buffer.from('_1x'))).not.toBe(sealer.fingerprint('grp_1', Buffer.from('x')));
  });
});
