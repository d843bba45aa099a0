import { type PasskeyVerifier, passkeyAlgorithms } from '@sconce/ports';

/** 20 MB of an idle process, for what is used a few times a day: loaded with the first passkey. */
const library = () => import('@simplewebauthn/server');
const helpers = () => import('@simplewebauthn/server/helpers');

/** Checks ceremonies with @simplewebauthn/server. Nothing is asked of other machines. */
export function createPasskeyVerifier(): PasskeyVerifier {
  return {
    verifyCreation: ({ id, clientDataJSON, attestationObject }, { challenge, origin, rpId }) =>
      orNull(async () => {
        if (!(await isUnattested(attestationObject))) return null;
        const { verifyRegistrationResponse } = await library();
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response: { ...named(id), response: { clientDataJSON, attestationObject } },
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpId,
          requireUserVerification: true,
          supportedAlgorithmIDs: [...passkeyAlgorithms],
        });
        if (!verified || !registrationInfo || registrationInfo.credential.id !== id) return null;
        const { credential, credentialBackedUp } = registrationInfo;
        return {
          credentialId: Buffer.from(credential.id, 'base64url'),
          publicKey: credential.publicKey,
          counter: credential.counter,
          synced: credentialBackedUp,
        };
      }),
    verifyUse: ({ id, clientDataJSON, authenticatorData, signature }, { challenge, origin, rpId, publicKey }) =>
      orNull(async () => {
        const { verifyAuthenticationResponse } = await library();
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response: { ...named(id), response: { clientDataJSON, authenticatorData, signature } },
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpId,
          requireUserVerification: true,
          // From zero every counter is taken: whether it went back is decided where the last one is kept.
          credential: { id, publicKey: Uint8Array.from(publicKey), counter: 0 },
        });
        return verified
          ? { counter: authenticationInfo.newCounter, synced: authenticationInfo.credentialBackedUp }
          : null;
      }),
  };
}

function named(id: string) {
  return { id, rawId: id, type: 'public-key' as const, clientExtensionResults: {} };
}

/** The library throws for whatever does not fit; all of it came from a stranger. */
async function orNull<T>(check: () => Promise<T | null>): Promise<T | null> {
  try {
    return await check();
  } catch {
    return null;
  }
}

/**
 * Attestation is not asked for, so none is taken: the certificates of one would be a stranger's, and checking them reaches out to wherever they say that
 * revocations are listed. A statement signed by the new key itself has no certificates.
 */
async function isUnattested(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject } = await helpers();
  const decoded = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')));
  const format = decoded.get('fmt');
  return format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined);
}
