/** Where a sealed value belongs; bound to it as associated data, so that a value moved elsewhere does not open. */
export interface SealedPlace {
  /** The environment or service that owns it. */
  readonly owner: string;
  readonly name: string;
  readonly version: number;
}

/** Opaque, safe to store. `keyId` names the key-encryption key it needs. */
export interface Sealed {
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/** Seals without being able to open: all that the API process holds for secrets. */
export interface SecretSealer {
  seal(place: SealedPlace, plaintext: Uint8Array): Promise<Sealed>;
  /** 12 hex digits of a keyed hash over owner and value: equal values of one owner show equal, nothing else is learned. */
  fingerprint(owner: string, plaintext: Uint8Array): string;
}

/** Opens. Throws `SealedValueUnreadable` when the key is missing, the place differs or a byte was changed. */
export interface SecretOpener {
  open(place: SealedPlace, sealed: Sealed): Promise<Uint8Array>;
}

export class SealedValueUnreadable extends Error {
  override readonly name = 'SealedValueUnreadable';
}
