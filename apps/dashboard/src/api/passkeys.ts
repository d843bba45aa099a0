import type { PasskeyRegistration, SignInChallenge } from '@sconce/contract';

/** Nothing came of it: closed, refused, or no passkey was there. The browser does not say which, so that no page learns it. */
export class PasskeyDeclined extends Error {}

/** This device has one for this person already. */
export class PasskeyThere extends Error {}

/** Whether passkeys work on this page: browsers bind them to one address (`origin`, told by the API), and want that it cannot be listened to. */
export function passkeysWorkAt(origin: string | null): boolean {
  return origin === location.origin && 'PublicKeyCredential' in globalThis;
}

/** The same page at the address where they work, or null. */
export function pageWithPasskeys(origin: string | null): string | null {
  return origin === null || origin === location.origin ? null : `${origin}${location.pathname}${location.search}`;
}

export async function makePasskey(options: PasskeyRegistration['options']) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
  const made = await ask(() => navigator.credentials.create({ publicKey }));
  return made.toJSON() as Parameters<typeof import('./client.ts').client.createPasskey>[0]['body']['credential'];
}

interface AskOptions {
  /** `conditional`: offered among what the browser fills in, for as long as it takes. */
  readonly mediation?: 'conditional';
  readonly signal?: AbortSignal;
}

export async function askPasskey(options: SignInChallenge['options'], { mediation, signal }: AskOptions = {}) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
  const used = await ask(() =>
    navigator.credentials.get({ publicKey, ...(mediation ? { mediation } : {}), ...(signal ? { signal } : {}) }),
  );
  return used.toJSON() as NonNullable<
    NonNullable<Parameters<typeof import('./client.ts').client.createSession>[0]>['body']['passkey']
  >;
}

async function ask(run: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await run();
    if (credential instanceof PublicKeyCredential) return credential;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError') throw new PasskeyThere();
    if (!(error instanceof DOMException)) throw error;
  }
  throw new PasskeyDeclined();
}
