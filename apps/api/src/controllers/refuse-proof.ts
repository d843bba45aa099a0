import type { PasskeyAnswer, Proof } from '@sconce/engine';
import { ApiError } from '../endpoint/api-error.ts';

/** Why a proof lets nobody in, in words that tell a stranger nothing. */
export function refuseProof(proof: Exclude<Proof, { kind: 'proved' }>): ApiError {
  switch (proof.kind) {
    case 'wait':
      return tooManyTries(proof.waitMs);
    case 'busy':
      return busy();
    case 'passkey_needed':
      return new ApiError('passkey_needed', 'The password is right. Now your passkey', {
        hint: 'Confirm with your passkey. Without it, an administrator can make you a sign-in link.',
      });
    case 'refused':
      return new ApiError('sign_in_refused', 'This address and password, or this passkey, let nobody in here', {
        hint: 'Try again, or ask an administrator for a sign-in link.',
      });
  }
}

export function tooManyTries(waitMs: number): ApiError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new ApiError('rate_limited', `Too many tries failed; the next one is looked at in ${inWords(seconds)}`, {
    headers: { 'retry-after': String(seconds) },
    hint: 'A passkey or a sign-in link lets you in meanwhile.',
  });
}

export function busy(): ApiError {
  return new ApiError('unavailable', 'Many people sign in at this moment', {
    headers: { 'retry-after': '2' },
    hint: 'Try again in a few seconds.',
  });
}

const inWords = (seconds: number): string => (seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`);

/** Of a browser's answer, what is checked. */
export function toPasskeyAnswer(given: {
  readonly id: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null | undefined;
  };
}): PasskeyAnswer {
  const { clientDataJSON, authenticatorData, signature, userHandle = null } = given.response;
  return { id: given.id, clientDataJSON, authenticatorData, signature, userHandle };
}
