import { ceremonyMs, makeChallenge, type PasskeyDeps, placeOf } from './passkey-challenges.ts';

/** What the browser needs to ask for a passkey (`PublicKeyCredentialRequestOptionsJSON`). It names nobody: the passkey does. */
export async function beginPasskeySignIn(deps: PasskeyDeps) {
  const { rpId } = placeOf(deps);
  const { challenge, expiresAt } = await makeChallenge(deps, 'sign_in', null);
  const userVerification = 'required' as const;
  return { options: { challenge, rpId, timeout: ceremonyMs, userVerification, allowCredentials: [] }, expiresAt };
}
