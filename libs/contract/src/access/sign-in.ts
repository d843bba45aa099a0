import { z } from 'zod';
import { label, timestamp } from '../shape/field.ts';
import { userCreated } from './access.ts';

/** What browsers call base64url. */
const base64url = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, 'base64url');

/**
 * What a browser answers (`PublicKeyCredential.toJSON()`). Browsers add fields as they learn more; those are not looked at.
 */
export const passkeyAssertion = z
  .object({
    id: base64url(1_400),
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url(4_000),
      authenticatorData: base64url(4_000),
      signature: base64url(4_000),
      userHandle: base64url(100).nullish(),
    }),
  })
  .meta({ id: 'PasskeyAssertion' });

export const passkeyCreation = z
  .object({
    id: base64url(1_400),
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url(4_000),
      attestationObject: base64url(20_000),
      transports: z.array(z.string().max(40)).max(10).optional(),
    }),
  })
  .meta({ id: 'PasskeyCreation' });

const credentialName = z.object({ type: z.literal('public-key'), id: z.string(), transports: z.array(z.string()) });

/** For `PublicKeyCredential.parseRequestOptionsFromJSON`. */
export const signInChallenge = z
  .object({
    options: z.object({
      challenge: z.string(),
      rpId: z.string(),
      timeout: z.int(),
      userVerification: z.enum(['required']),
      allowCredentials: z.array(credentialName),
    }),
    expiresAt: timestamp,
  })
  .meta({ id: 'SignInChallenge' });
export type SignInChallenge = z.infer<typeof signInChallenge>;

/** For `PublicKeyCredential.parseCreationOptionsFromJSON`. */
export const passkeyRegistration = z
  .object({
    options: z.object({
      challenge: z.string(),
      rp: z.object({ id: z.string(), name: z.string() }),
      user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
      pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
      timeout: z.int(),
      excludeCredentials: z.array(credentialName),
      authenticatorSelection: z.object({
        residentKey: z.enum(['required']),
        requireResidentKey: z.boolean(),
        userVerification: z.enum(['required']),
      }),
      attestation: z.enum(['none']),
    }),
    expiresAt: timestamp,
  })
  .meta({ id: 'PasskeyRegistration' });
export type PasskeyRegistration = z.infer<typeof passkeyRegistration>;

export const passkey = z
  .object({
    id: z.string(),
    name: z.string(),
    synced: z.boolean().describe('Kept by a password manager, and so on other devices too.'),
    createdAt: timestamp,
    lastUsedAt: timestamp.nullable(),
  })
  .meta({ id: 'Passkey' });
export type Passkey = z.infer<typeof passkey>;
export const passkeyCreate = z.strictObject({ name: label(60), credential: passkeyCreation });
export const passkeyUpdate = z.strictObject({ name: label(60) });

const password = z.string().min(1).max(400);

/** One of three: a personal token; an e-mail address with a password, and with a passkey where that was asked for; a passkey alone. */
export const sessionCreate = z
  .strictObject({
    token: z.string().min(1).max(200).describe('A personal token.').optional(),
    email: z.string().min(1).max(200).optional(),
    password: password.optional(),
    passkey: passkeyAssertion.describe('The answer to a sign-in challenge.').optional(),
  })
  .superRefine((given, context) => {
    const need = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const byPassword = given.email !== undefined || given.password !== undefined;
    if (given.token !== undefined) {
      if (byPassword || given.passkey !== undefined)
        need('token', 'Either a token, or an address, password or passkey');
      return;
    }
    if (byPassword && given.email === undefined) need('email', 'Whose password is it');
    if (byPassword && given.password === undefined) need('password', 'Needed with an address');
    if (!byPassword && given.passkey === undefined) need('token', 'A token, an address with a password, or a passkey');
  });

export const session = z
  .object({
    id: z.string(),
    beganWith: z.enum(['link', 'token', 'password', 'passkey', 'password_and_passkey']).nullable(),
    address: z.string().nullable().describe('Where it began.'),
    userAgent: z.string().nullable().describe('The browser’s own words for itself.'),
    createdAt: timestamp,
    lastUsedAt: timestamp.nullable(),
    expiresAt: timestamp.nullable().describe('At the latest; a session that is not used for a week ends by itself.'),
    current: z.boolean().describe('The one that asks.'),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof session>;

export const signInWays = z
  .object({
    passkeyOrigin: z
      .string()
      .nullable()
      .describe('The address of the pages that passkeys work at; null where they work nowhere.'),
  })
  .meta({ id: 'SignInWays' });

export const signInSettings = z
  .object({
    passwordChangedAt: timestamp.nullable().describe('Null: there is no password.'),
    needsCurrentPassword: z.boolean().describe('Whether a new one needs the old one.'),
    passkeys: z.int(),
    passkeyAfterPassword: z.boolean().describe('After a password, a passkey is asked for too.'),
    passkeyOrigin: signInWays.shape.passkeyOrigin,
    mayChange: z.boolean().describe('False for tokens, and for sessions that began with one.'),
  })
  .meta({ id: 'SignInSettings' });
export type SignInSettings = z.infer<typeof signInSettings>;
export const signInSettingsUpdate = z.strictObject({ passkeyAfterPassword: z.boolean() });

export const passwordPut = z.strictObject({
  password: password.describe('At least 15 characters.'),
  current: password.optional().describe('The old one, where there is one.'),
});
export const passwordSet = z
  .object({ changedAt: timestamp, endedSessions: z.int().describe('Others of this person, which a change ends.') })
  .meta({ id: 'PasswordSet' });

export const meUpdate = z.strictObject({ name: label(100) });
export const signInLink = z
  .object({ url: userCreated.shape.setupUrl.describe('Shown this once.'), expiresAt: timestamp })
  .meta({ id: 'SignInLink' });
