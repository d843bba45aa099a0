/** Where a passkey ceremony must have happened: the address of the dashboard's pages, and the name that passkeys are bound to. */
export interface PasskeyPlace {
  /** `https://sconce.example`, as the browser tells it */
  readonly origin: string;
  /** `sconce.example`: the host name alone */
  readonly rpId: string;
}

/** What the browser answered, as its own `toJSON` writes it. Untrusted; its fields are base64url. */
export interface PasskeyCreation {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly attestationObject: string;
}
export interface PasskeyUse {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
}

export interface NewPasskey {
  readonly credentialId: Uint8Array;
  /** COSE key */
  readonly publicKey: Uint8Array;
  readonly counter: number;
  /** Kept by a password manager, and so on other devices too. */
  readonly synced: boolean;
}

/**
 * Checks what authenticators sign (WebAuthn, Level 3). Whatever is wrong with an answer, malformed or forged, it is null and never a throw. A person has to
 * have been there and to have unlocked the passkey. Signature counters are told, not judged.
 */
export interface PasskeyVerifier {
  verifyCreation(
    answer: PasskeyCreation,
    expected: PasskeyPlace & { readonly challenge: string },
  ): Promise<NewPasskey | null>;
  verifyUse(
    answer: PasskeyUse,
    expected: PasskeyPlace & { readonly challenge: string; readonly publicKey: Uint8Array },
  ): Promise<{ readonly counter: number; readonly synced: boolean } | null>;
}

/** COSE numbers of the signatures that are taken: Ed25519, ES256, RS256. */
export const passkeyAlgorithms = [-8, -7, -257] as const;
