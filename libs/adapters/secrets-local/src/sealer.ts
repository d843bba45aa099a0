import { type SealedPlace, SealedValueUnreadable, type SecretOpener, type SecretSealer } from '@sconce/ports';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import { fingerprintOf, type KeyRing, KeysUnusable, type Purpose, sealingKey } from './key-ring.ts';

/** Seals for the newest key of the purpose. Needs no private half. */
export function sealerFor(ring: KeyRing, purpose: Purpose): SecretSealer {
  const key = sealingKey(ring, purpose);
  return {
    seal: async (place, plaintext) => ({ keyId: key.id, bytes: sealEnvelope(key, purpose, place, plaintext) }),
    fingerprint: (owner, plaintext) => fingerprintOf(ring, purpose, owner, plaintext),
  };
}

/** Opens what any key of the purpose sealed. @throws KeysUnusable at once where this process has no private half of it. */
export function openerFor(ring: KeyRing, purpose: Purpose): SecretOpener {
  if (ring.pairs[purpose].every((pair) => pair.privateKey === null)) {
    throw new KeysUnusable(`These keys can seal ${purpose}s but not open them: they hold no private half`);
  }
  return {
    open: async (place, sealed) => {
      const key = ring.pairs[purpose].find((pair) => pair.id === sealed.keyId);
      if (!key?.privateKey)
        throw new SealedValueUnreadable(`${described(place)}: the key ${sealed.keyId.slice(0, 40)} is not here`);
      try {
        return openEnvelope(key, key.privateKey, purpose, place, sealed.bytes);
      } catch (cause) {
        throw new SealedValueUnreadable(
          `${described(place)} does not open: it was changed, or belongs somewhere else`,
          { cause },
        );
      }
    },
  };
}

function described(place: SealedPlace): string {
  return `${place.name} of ${place.owner}, version ${place.version}`;
}
