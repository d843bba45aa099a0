import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { cookieOf, invitePerson, openLink, type Person } from './testing/person.ts';
import { type AnswerChanges, SoftAuthenticator } from './testing/soft-authenticator.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

const password = 'kettle orbit plum seven';
const signIn = (body: object) => world.ask('POST /v1/sessions', { token: null, body });
const challenge = async () => {
  const answer = await world.ask('POST /v1/sign-in-challenges', { token: null, body: {} });
  expect(answer.status).toBe(201);
  return answer.body.options as { challenge: string };
};
const use = async (key: SoftAuthenticator, changes: AnswerChanges = {}) =>
  signIn({ passkey: key.get(await challenge(), changes) });
const newKey = () => new SoftAuthenticator(world.config.dashboardUrl);
const forgetFailures = () => world.db.pool.query('DELETE FROM sign_in_attempt');
const refused = { status: 401, body: { code: 'sign_in_refused' } };

async function register(person: Person, key: SoftAuthenticator, changes: AnswerChanges = {}) {
  const begun = await person.ask('POST /v1/passkey-registrations', { body: {} });
  return person.ask('POST /v1/passkeys', {
    body: { name: 'Key', credential: key.create(begun.body.options, changes) },
  });
}

describe('a passkey', () => {
  it('is added, named, listed, renamed and removed by its person, and by nobody else', async () => {
    const [ada, bob] = [await invitePerson(world), await invitePerson(world)];
    const key = await ada.addPasskey('Laptop');
    const { body } = await ada.ask('GET /v1/passkeys');
    expect(body.data).toEqual([
      {
        id: expect.stringMatching(/^psk_/),
        name: 'Laptop',
        synced: false,
        createdAt: expect.any(String),
        lastUsedAt: null,
      },
    ]);
    const path = `/v1/passkeys/${body.data[0].id}`;
    for (const line of [`GET ${path}`, `DELETE ${path}`]) expect((await bob.ask(line)).status).toBe(404);
    expect((await bob.ask(`PATCH ${path}`, { body: { name: 'Mine' } })).status).toBe(404);
    expect((await ada.ask(`PATCH ${path}`, { body: { name: ' ' } })).body.errors[0].path).toBe('name');
    expect((await ada.ask(`PATCH ${path}`, { body: { name: 'Blue key' } })).body.name).toBe('Blue key');
    expect((await use(key)).status).toBe(201);
    expect((await ada.ask(`GET ${path}`)).body).toMatchObject({ name: 'Blue key', lastUsedAt: expect.any(String) });
    expect((await ada.ask(`DELETE ${path}`)).status).toBe(200);
    expect(await use(key)).toMatchObject(refused);
    expect((await ada.ask(`DELETE ${path}`)).status).toBe(404);
    const events = await world.ask('GET /v1/events?type=passkey&limit=3');
    expect(events.body.data.map(({ type }: { type: string }) => type)).toEqual([
      'passkey.removed',
      'passkey.renamed',
      'passkey.added',
    ]);
  });

  it('lets its person in without an address or a password', async () => {
    const person = await invitePerson(world);
    const key = await person.addPasskey();
    const answer = await use(key);
    expect([answer.status, answer.body.user.email]).toEqual([201, person.email]);
    const sessions = await person.ask('GET /v1/sessions', { headers: { cookie: cookieOf(answer) } });
    expect(sessions.body.data[0]).toMatchObject({ beganWith: 'passkey', current: true });
  });

  it('of the same device is not added twice, and the browser is told which there are', async () => {
    const person = await invitePerson(world);
    const key = await person.addPasskey();
    const begun = await person.ask('POST /v1/passkey-registrations', { body: {} });
    expect(begun.body.options).toMatchObject({
      rp: { id: 'localhost' },
      excludeCredentials: [{ id: key.id, transports: ['internal'] }],
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    expect(await register(person, key)).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    expect(await register(await invitePerson(world), key)).toMatchObject({ status: 409 });
  });

  it('is one of at most twenty', async () => {
    const person = await invitePerson(world);
    for (let made = 0; made < 20; made += 1) await person.addPasskey(`Key ${made}`);
    const more = await person.ask('POST /v1/passkey-registrations', { body: {} });
    expect([more.status, more.body.code]).toEqual([409, 'limit_reached']);
  });
});

describe('a registration', () => {
  it.each<[string, AnswerChanges]>([
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['this page at its other address', { origin: 'http://127.0.0.1:7400' }],
    ['another port of this machine', { origin: 'http://localhost:1' }],
    ['another name', { rpId: 'evil.example' }],
    ['a frame of somebody else', { crossOrigin: true, origin: 'https://evil.example' }],
    ['another ceremony', { type: 'webauthn.get' }],
    ['nobody who unlocked it', { flags: 0x41 }],
    ['nobody there', { flags: 0x44 }],
    ['a challenge of its own', { challenge: 'c29tZXRoaW5nIG1hZGUgdXA' }],
    ['a maker’s certificate that nobody asked for', { attested: true }],
  ])('from %s is refused', async (_, changes) => {
    const person = await invitePerson(world);
    const answer = await register(person, newKey(), changes);
    expect([answer.status, answer.body.code, answer.body.errors?.[0]]).toEqual([
      400,
      'invalid',
      { path: 'credential', code: 'not_accepted', message: expect.stringContaining('cannot be taken') },
    ]);
    expect((await person.ask('GET /v1/passkeys')).body.data).toEqual([]);
  });

  it('is answered once, by the session that asked, within five minutes, and with its own kind of challenge', async () => {
    const [ada, bob] = [await invitePerson(world), await invitePerson(world)];
    const begin = async () => (await ada.ask('POST /v1/passkey-registrations', { body: {} })).body.options;
    const add = (who: Person, credential: object) =>
      who.ask('POST /v1/passkeys', { body: { name: 'Key', credential } });
    const first = newKey().create(await begin(), { flags: 0x41 });
    expect((await add(ada, first)).status).toBe(400);
    // A wrong answer uses it up, too.
    const options = await begin();
    await add(ada, newKey().create(options, { flags: 0x41 }));
    expect((await add(ada, newKey().create(options))).body.detail).toContain('was answered before');
    expect((await add(bob, newKey().create(await begin()))).status).toBe(400);
    const late = await begin();
    await world.db.pool.query("UPDATE passkey_challenge SET expires_at = now() - interval '1 second'");
    expect((await add(ada, newKey().create(late))).status).toBe(400);
    const ofSignIn = { ...(await challenge()), user: { id: Buffer.from(ada.id).toString('base64url') } };
    expect((await add(ada, newKey().create(ofSignIn))).status).toBe(400);
    expect((await ada.ask('GET /v1/passkeys')).body.data).toEqual([]);
  });

  it('that is cut, empty or not what it says is a field that is wrong, or refused', async () => {
    const person = await invitePerson(world);
    const begin = async () => (await person.ask('POST /v1/passkey-registrations', { body: {} })).body.options;
    const whole = newKey().create(await begin());
    const { attestationObject, clientDataJSON } = whole.response;
    for (const response of [
      { attestationObject: attestationObject.slice(0, -40) },
      { attestationObject: 'AAAA' },
      { attestationObject: Buffer.alloc(10_000, 0xa3).toString('base64url') },
      { clientDataJSON: clientDataJSON.slice(0, 30) },
      { clientDataJSON: Buffer.from('[]').toString('base64url') },
      { clientDataJSON: Buffer.from('{"challenge":{}}').toString('base64url') },
      { clientDataJSON: '=+/' },
      { attestationObject: 'x'.repeat(20_001) },
      { transports: [{}] },
    ]) {
      const credential = { ...newKey().create(await begin()), id: whole.id };
      const answer = await person.ask('POST /v1/passkeys', {
        body: { name: 'Key', credential: { ...credential, response: { ...whole.response, ...response } } },
      });
      expect([answer.status, answer.body.code, answer.body.errors[0].path]).toEqual([
        400,
        'invalid',
        expect.stringMatching(/^credential/),
      ]);
    }
    expect((await person.ask('GET /v1/passkeys')).body.data).toEqual([]);
  });
});

describe('signing in with a passkey', () => {
  it.each<[string, AnswerChanges]>([
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:1' }],
    ['another name', { rpId: 'evil.example' }],
    ['another ceremony', { type: 'webauthn.create' }],
    ['nobody who unlocked it', { flags: 0x01 }],
    ['nobody there', { flags: 0x04 }],
    ['a challenge of its own', { challenge: 'c29tZXRoaW5nIG1hZGUgdXA' }],
    ['somebody else by its own word', { userHandle: Buffer.from('usr_somebody').toString('base64url') }],
  ])('from %s is refused', async (_, changes) => {
    await forgetFailures();
    const person = await invitePerson(world);
    const key = await person.addPasskey();
    expect(await use(key, changes)).toMatchObject(refused);
    expect((await use(key)).status).toBe(201);
  });

  it('is answered once, whether rightly or wrongly, within five minutes', async () => {
    await forgetFailures();
    const person = await invitePerson(world);
    const key = await person.addPasskey();
    const answered = key.get(await challenge());
    const tries = await Promise.all(Array.from({ length: 6 }, () => signIn({ passkey: answered })));
    expect(tries.map(({ status }) => status).sort()).toEqual([201, 401, 401, 401, 401, 401]);
    const wasted = await challenge();
    await signIn({ passkey: key.get(wasted, { flags: 0x01 }) });
    expect(await signIn({ passkey: key.get(wasted) })).toMatchObject(refused);
    const late = await challenge();
    await world.db.pool.query("UPDATE passkey_challenge SET expires_at = now() - interval '1 second'");
    expect(await signIn({ passkey: key.get(late) })).toMatchObject(refused);
    const begun = await person.ask('POST /v1/passkey-registrations', { body: {} });
    expect(await signIn({ passkey: key.get(begun.body.options) })).toMatchObject(refused);
  });

  it('answers alike for a passkey that nobody here has, one of somebody removed, and a forged signature', async () => {
    await forgetFailures();
    const [ada, bob] = [await invitePerson(world), await invitePerson(world)];
    const [adas, bobs] = [await ada.addPasskey(), await bob.addPasskey()];
    const gone = await invitePerson(world);
    const goneKey = await gone.addPasskey();
    await world.ask(`DELETE /v1/users/${gone.id}`);
    const unknown = newKey();
    unknown.create({ challenge: 'x', user: { id: 'eA' } });
    const forged = async (changes: object) => {
      const answer = bobs.get(await challenge());
      return signIn({ passkey: { ...answer, ...changes, response: { ...answer.response, userHandle: null } } });
    };
    const answers = [
      await use(unknown),
      await use(goneKey),
      await forged({ id: adas.id }),
      await forged({ id: 'AAAA' }),
    ];
    for (const { status, body } of answers)
      expect([status, body.code, body.detail]).toEqual([401, 'sign_in_refused', answers[0]?.body.detail]);
  });

  it('takes no answer whose counter went back, and tells of it', async () => {
    await forgetFailures();
    const person = await invitePerson(world);
    const key = await person.addPasskey();
    expect((await use(key, { counter: 5 })).status).toBe(201);
    for (const counter of [5, 4, 0]) expect(await use(key, { counter })).toMatchObject(refused);
    expect((await use(key, { counter: 6 })).status).toBe(201);
    const events = await world.ask('GET /v1/events?type=passkey.refused&limit=1');
    expect(events.body.data[0]).toMatchObject({ actor: person.id, data: { reason: 'counter_went_back' } });
  });

  it('that is cut or not what it says is a field that is wrong, or refused', async () => {
    await forgetFailures();
    const key = await (await invitePerson(world)).addPasskey();
    for (const response of [
      { signature: 'AAAA' },
      { authenticatorData: 'AAAA' },
      { clientDataJSON: 'AAAA' },
      { clientDataJSON: '' },
      { signature: undefined },
      { userHandle: {} },
    ]) {
      const answer = key.get(await challenge());
      const tried = await signIn({ passkey: { ...answer, response: { ...answer.response, ...response } } });
      expect([response, [400, 401].includes(tried.status), tried.status]).toEqual([response, true, tried.status]);
    }
    const later = { ...key.get(await challenge()), prf: { results: {} }, clientExtensionResults: { credProps: {} } };
    expect((await signIn({ passkey: later })).status).toBe(201);
  });

  it('waits for an address that tries too many', async () => {
    await forgetFailures();
    const key = await (await invitePerson(world)).addPasskey();
    for (let tries = 0; tries < 30; tries += 1) await use(key, { flags: 0x01 });
    await world.db.pool.query('UPDATE sign_in_attempt SET last_at = now()');
    const limited = await use(key);
    expect([limited.status, Number(limited.headers.get('retry-after')) > 0]).toEqual([429, true]);
    await forgetFailures();
  });
});

describe('a passkey after the password', () => {
  async function withBoth(): Promise<{ person: Person; key: SoftAuthenticator }> {
    await forgetFailures();
    const person = await invitePerson(world);
    await person.setPassword(password);
    expect(await person.ask('PATCH /v1/me/sign-in', { body: { passkeyAfterPassword: true } })).toMatchObject({
      status: 409,
      body: { code: 'conflict', hint: 'Add one first.' },
    });
    const key = await person.addPasskey();
    expect((await person.ask('PATCH /v1/me/sign-in', { body: { passkeyAfterPassword: true } })).body).toMatchObject({
      passkeyAfterPassword: true,
      passkeys: 1,
    });
    return { person, key };
  }

  it('is asked for only once the password is right, and both go together', async () => {
    const { person, key } = await withBoth();
    const { email } = person;
    expect(await signIn({ email, password: 'wrong but long enough' })).toMatchObject(refused);
    const asked = await signIn({ email, password });
    expect([asked.status, asked.body.code, asked.headers.get('set-cookie')]).toEqual([401, 'passkey_needed', null]);
    const both = await signIn({ email, password, passkey: key.get(await challenge()) });
    expect(both.status).toBe(201);
    const sessions = await person.ask('GET /v1/sessions', { headers: { cookie: cookieOf(both) } });
    expect(sessions.body.data[0].beganWith).toBe('password_and_passkey');
    expect((await use(key)).status).toBe(201);
  });

  it('has to be the same person’s, and is looked at with a wrong password by nobody', async () => {
    const { person, key } = await withBoth();
    const others = await (await invitePerson(world)).addPasskey();
    const { email } = person;
    expect(await signIn({ email, password, passkey: others.get(await challenge()) })).toMatchObject(refused);
    const wrong = 'wrong but long enough';
    expect(await signIn({ email, password: wrong, passkey: key.get(await challenge()) })).toMatchObject(refused);
    expect(await signIn({ email, password, passkey: key.get(await challenge(), { flags: 1 }) })).toMatchObject(refused);
  });

  it('is not asked for any more when the last passkey is gone, and a link goes past it', async () => {
    const { person } = await withBoth();
    const link = await world.ask(`POST /v1/users/${person.id}/sign-in-links`, { body: {} });
    const recovered = await openLink(world, person, link.body.url);
    const [passkey] = (await recovered.ask('GET /v1/passkeys')).body.data;
    expect((await recovered.ask(`DELETE /v1/passkeys/${passkey.id}`)).status).toBe(200);
    expect((await recovered.ask('GET /v1/me/sign-in')).body.passkeyAfterPassword).toBe(false);
    expect((await signIn({ email: person.email, password })).status).toBe(201);
  });
});

describe('an installation at an address', () => {
  it('has no passkeys, and says why', async () => {
    const small = await startApiWorld({ dashboardUrl: 'http://10.0.0.5:7400' });
    expect((await small.ask('GET /v1/sign-in', { token: null })).body).toEqual({ passkeyOrigin: null });
    const answer = await small.ask('POST /v1/sign-in-challenges', { token: null, body: {} });
    expect([answer.status, answer.body.code, answer.body.hint]).toEqual([
      409,
      'cannot_run_here',
      expect.stringContaining('SCONCE_PUBLIC_URL'),
    ]);
    await small.stop();
  });
});
