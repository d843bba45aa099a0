import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { cookieOf, invitePerson, openLink, type Person } from './testing/person.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

const good = 'kettle orbit plum seven';
const signIn = (body: object, headers: Record<string, string> = {}) =>
  world.ask('POST /v1/sessions', { token: null, body, headers });
/** Failures of one test must not make those of another wait. */
const forgetFailures = () => world.db.pool.query('DELETE FROM sign_in_attempt');
/** Waits are counted from the last failure: as if it were now, however long it took to get here. */
const justFailed = () => world.db.pool.query('UPDATE sign_in_attempt SET last_at = now()');
/** A refusal without what differs from request to request. */
const look = ({ status, body: { requestId: _, ...rest } }: Answer) => ({ status, rest });

async function withPassword(): Promise<Person> {
  await forgetFailures();
  const person = await invitePerson(world);
  await person.setPassword(good);
  return person;
}

describe('a password', () => {
  it('is set, and lets its person in, whatever the case of the address', async () => {
    const person = await withPassword();
    const settings = (await person.ask('GET /v1/me/sign-in')).body;
    expect(settings).toMatchObject({ passwordChangedAt: expect.any(String), mayChange: true, passkeys: 0 });
    const answer = await signIn({ email: person.email.toUpperCase(), password: good });
    expect([answer.status, answer.body.user.email]).toEqual([201, person.email]);
    expect(answer.headers.get('set-cookie')).toMatch(/^sconce=sconce_session_\w{49}; Path=\/; HttpOnly; SameSite=Lax/);
    const me = await world.ask('GET /v1/me', { token: null, headers: { cookie: cookieOf(answer) } });
    expect(me.body.token.kind).toBe('session');
  });

  it('says which rule it breaks, and changes nothing then', async () => {
    const person = await invitePerson(world, { name: 'Grace Hopper' });
    for (const [password, code] of [
      ['too short', 'too_short'],
      ['x'.repeat(129), 'too_long'],
      ['P@ssw0rdP@ssw0rd1', 'too_common'],
      [`${person.email}!!!`, 'too_alike'],
      ['gracehopper gracehopper', 'too_alike'],
    ]) {
      const answer = await person.ask('PUT /v1/me/password', { body: { password } });
      expect([answer.status, answer.body.code, answer.body.errors[0].path, answer.body.errors[0].code]).toEqual([
        400,
        'invalid',
        'password',
        code,
      ]);
    }
    for (const body of [{}, { password: 5 }, { password: good, old: 'x' }, { password: { $ne: '' } }])
      expect((await person.ask('PUT /v1/me/password', { body })).body.code).toBe('invalid');
    expect((await person.ask('GET /v1/me/sign-in')).body.passwordChangedAt).toBeNull();
  });

  it('needs the old one to be changed, but right after a link; a change ends the other sessions', async () => {
    const person = await withPassword();
    const other = cookieOf(await signIn({ email: person.email, password: good }));
    const change = (body: object, cookie: string) => person.ask('PUT /v1/me/password', { body, headers: { cookie } });
    const password = 'seven plums orbit a kettle';
    expect((await change({ password }, other)).body.errors).toMatchObject([{ path: 'current', code: 'required' }]);
    const wrong = await change({ password, current: 'not the old one at all' }, other);
    expect([wrong.status, wrong.body.errors[0].path]).toEqual([400, 'current']);
    const changed = await change({ password, current: good }, other);
    expect([changed.status, changed.body.endedSessions]).toEqual([200, 1]);
    expect((await person.ask('GET /v1/me')).status).toBe(401);
    expect((await person.ask('GET /v1/me', { headers: { cookie: other } })).status).toBe(200);
    expect((await signIn({ email: person.email, password: good })).status).toBe(401);

    const link = await world.ask(`POST /v1/users/${person.id}/sign-in-links`, { body: {} });
    const recovered = await openLink(world, person, link.body.url);
    expect((await recovered.ask('GET /v1/me/sign-in')).body.needsCurrentPassword).toBe(false);
    expect((await recovered.ask('PUT /v1/me/password', { body: { password: good } })).status).toBe(200);
    const later = await openLink(
      world,
      person,
      (await world.ask(`POST /v1/users/${person.id}/sign-in-links`, { body: {} })).body.url,
    );
    await world.db.pool.query("UPDATE token SET created_at = now() - interval '2 hours' WHERE user_id = $1", [
      person.id,
    ]);
    const refused = await later.ask('PUT /v1/me/password', { body: { password } });
    expect(refused.body.errors).toMatchObject([{ path: 'current', code: 'required' }]);
  });

  it('is set by nobody’s token, nor by a session that a token began', async () => {
    const cookie = cookieOf(await signIn({ token: world.token }));
    const { origin } = new URL(world.url);
    const lines = [
      ['PUT /v1/me/password', { password: good }],
      ['PATCH /v1/me', { name: 'X' }],
      ['PATCH /v1/me/sign-in', { passkeyAfterPassword: true }],
      ['POST /v1/passkey-registrations', {}],
      ['DELETE /v1/me/password', undefined],
    ] as const;
    for (const [line, body] of lines)
      for (const ask of [{}, { token: null, headers: { cookie, origin } }]) {
        const answer = await world.ask(line, { ...ask, ...(body ? { body } : {}) });
        expect([line, answer.status, answer.body.code]).toEqual([line, 403, 'forbidden']);
      }
  });

  it('goes only where a passkey is left', async () => {
    const person = await withPassword();
    expect((await person.ask('DELETE /v1/me/password')).body.code).toBe('conflict');
    await person.addPasskey();
    expect((await person.ask('DELETE /v1/me/password')).status).toBe(200);
    expect((await person.ask('DELETE /v1/me/password')).status).toBe(404);
    expect((await signIn({ email: person.email, password: good })).status).toBe(401);
  });

  it('is stored as argon2id alone, and stands in no table besides', async () => {
    const person = await withPassword();
    await signIn({ email: person.email, password: good });
    await signIn({ email: person.email, password: `${good} but wrong` });
    const { rows } = await world.db.pool.query(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    for (const { name } of rows as { name: string }[]) {
      const { rows: lines } = await world.db.pool.query(`SELECT t::text AS line FROM "${name}" t`);
      expect([name, lines.filter(({ line }: { line: string }) => line.includes(good))]).toEqual([name, []]);
    }
    const stored = await world.db.pool.query('SELECT hash FROM password WHERE user_id = $1', [person.id]);
    expect(stored.rows[0].hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
  });

  it('goes with its person', async () => {
    const person = await withPassword();
    await person.addPasskey();
    await world.ask(`DELETE /v1/users/${person.id}`);
    expect((await signIn({ email: person.email, password: good })).status).toBe(401);
    const left = await world.db.pool.query(
      'SELECT user_id FROM password WHERE user_id = $1 UNION SELECT user_id FROM passkey WHERE user_id = $1',
      [person.id],
    );
    expect(left.rows).toEqual([]);
  });
});

describe('signing in', () => {
  it('answers alike for who is not here, has no password, has another, or was removed', async () => {
    const person = await withPassword();
    const without = await invitePerson(world);
    const removed = await withPassword();
    await world.ask(`DELETE /v1/users/${removed.id}`);
    await forgetFailures();
    const answers = [
      await signIn({ email: person.email, password: 'wrong but long enough' }),
      await signIn({ email: 'nobody@example.org', password: good }),
      await signIn({ email: without.email, password: good }),
      await signIn({ email: removed.email, password: good }),
      await signIn({ email: 'not an address at all', password: good }),
      await signIn({ email: person.email, password: `${good} ` }),
    ];
    for (const answer of answers) expect(look(answer)).toEqual(look(answers[0] as Answer));
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'sign_in_refused' } });
    expect(answers.map((answer) => answer.headers.get('set-cookie'))).toEqual(answers.map(() => null));
  });

  it('takes as much work for who is not here as for a wrong password', async () => {
    const person = await withPassword();
    const best = {
      known: Number.POSITIVE_INFINITY,
      unknown: Number.POSITIVE_INFINITY,
      nothing: Number.POSITIVE_INFINITY,
    };
    // Processor time of this process, where the API runs: others may be busy. In turns, and the least of them.
    for (let tries = 0; tries < 8; tries += 1)
      for (const [who, body] of [
        ['known', { email: person.email, password: 'wrong but long enough' }],
        ['unknown', { email: 'nobody@example.org', password: 'wrong but long enough' }],
        ['nothing', { email: 'nobody@example.org' }],
      ] as const) {
        await forgetFailures();
        const before = process.cpuUsage();
        await signIn(body);
        const { user, system } = process.cpuUsage(before);
        best[who] = Math.min(best[who], user + system);
      }
    const { known, unknown, nothing } = best;
    // A hash is made for both, which is most of the work by far.
    expect(Math.max(known, unknown) / Math.min(known, unknown)).toBeLessThan(2);
    expect(Math.min(known, unknown) / Math.max(1_000, nothing)).toBeGreaterThan(2);
  });

  it('names the field that is missing or too much', async () => {
    for (const [body, path] of [
      [{}, 'token'],
      [{ email: 'a@b.example' }, 'password'],
      [{ password: good }, 'email'],
      [{ token: 'x', email: 'a@b.example', password: good }, 'token'],
      [{ email: ['a'], password: good }, 'email'],
      [{ email: 'a@b.example', password: 'x'.repeat(401) }, 'password'],
      [{ passkey: {} }, 'passkey.id'],
      [{ email: 'a@b.example', password: good, remember: true }, 'remember'],
    ] as const) {
      const answer = await signIn(body);
      expect([body, answer.status, answer.body.code, answer.body.errors[0].path]).toEqual([body, 400, 'invalid', path]);
    }
  });

  it('is nobody else’s page’s to do, and not hindered by the cookie of a session that ended', async () => {
    const person = await withPassword();
    const body = { email: person.email, password: good };
    for (const [name, value] of [
      ['origin', 'https://evil.example'],
      ['origin', 'null'],
      ['sec-fetch-site', 'cross-site'],
    ] as const) {
      const headers = { [name]: value };
      const answer = await signIn(body, headers);
      expect([headers, answer.status, answer.body.code]).toEqual([headers, 403, 'origin_forbidden']);
    }
    const { origin } = new URL(world.url);
    await person.ask('DELETE /v1/sessions/current');
    expect((await signIn(body, { origin, cookie: person.cookie })).status).toBe(201);
    expect((await signIn(body, { origin, cookie: 'sconce=sconce_session_cut' })).status).toBe(201);
  });

  it('is audited, whether it succeeds or not, with whose it is and from where', async () => {
    const person = await withPassword();
    await signIn({ email: person.email, password: 'wrong but long enough' }, { 'x-request-id': 'wrong-password' });
    await signIn({ email: person.email, password: good }, { 'x-request-id': 'right-password' });
    await signIn({ email: 'nobody@example.org', password: good }, { 'x-request-id': 'unknown-person' });
    const { body } = await world.ask('GET /v1/audit-events?action=createSession&limit=3');
    const rows = Object.fromEntries(body.data.map((row: { requestId: string }) => [row.requestId, row]));
    expect(rows['wrong-password']).toMatchObject({ user: person.id, status: 401, code: 'sign_in_refused' });
    expect(rows['right-password']).toMatchObject({ user: person.id, status: 201, address: '127.0.0.1' });
    expect(rows['unknown-person']).toMatchObject({ user: null, status: 401 });
    expect(JSON.stringify(body)).not.toContain('nobody@example.org');
    const events = await world.ask('GET /v1/events?type=session.began&limit=1');
    expect(events.body.data[0]).toMatchObject({ actor: person.id, data: { with: 'password' } });
    const link = await world.ask('GET /v1/audit-events?action=useSignInLink&limit=1');
    expect(link.body.data[0]).toMatchObject({ user: person.id, status: 303 });
  });
});

describe('guessing', () => {
  it('waits after five failures, for the account, also when all come at once', async () => {
    const person = await withPassword();
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, at) => signIn({ email: person.email, password: `guess number ${at} of many` })),
    );
    const statuses = guesses.map(({ status }) => status);
    expect([statuses.filter((one) => one === 401).length, statuses.filter((one) => one === 429).length]).toEqual([
      5, 7,
    ]);
    await justFailed();
    const right = await signIn({ email: person.email, password: good });
    expect(right).toMatchObject({
      status: 429,
      body: { code: 'rate_limited', hint: expect.stringContaining('passkey') },
    });
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(right.headers.get('retry-after'))).toBeLessThanOrEqual(15);
    await world.db.pool.query("UPDATE sign_in_attempt SET last_at = last_at - interval '15 seconds'");
    expect((await signIn({ email: person.email, password: good })).status).toBe(201);
    expect((await signIn({ email: person.email, password: 'wrong but long enough' })).status).toBe(401);
  });

  it('waits for who is not here as well, and stays remembered over a restart', async () => {
    await forgetFailures();
    const tries = async (count: number) => {
      const statuses: number[] = [];
      for (let at = 0; at < count; at += 1)
        statuses.push((await signIn({ email: 'nobody@example.org', password: `guess number ${at}` })).status);
      return statuses;
    };
    expect(await tries(5)).toEqual([401, 401, 401, 401, 401]);
    await justFailed();
    expect(await tries(1)).toEqual([429]);
    await world.restart();
    await justFailed();
    expect(await tries(1)).toEqual([429]);
  });

  it('waits for an address that tries many accounts, and one success takes none of that back', async () => {
    const person = await withPassword();
    await forgetFailures();
    const email = (at: number) => `many-${at}@example.org`;
    for (let at = 0; at < 30; at += 1) await signIn({ email: email(at), password: 'the same for everybody' });
    await justFailed();
    const limited = await signIn({ email: person.email, password: good });
    expect([limited.status, Number(limited.headers.get('retry-after')) > 0]).toEqual([429, true]);
    await world.db.pool.query("UPDATE sign_in_attempt SET last_at = last_at - interval '15 seconds'");
    expect((await signIn({ email: person.email, password: good })).status).toBe(201);
    expect((await signIn({ email: email(99), password: 'the same for everybody' })).status).toBe(429);
  });

  it('of the old password counts too', async () => {
    const person = await withPassword();
    await world.db.pool.query("UPDATE token SET created_at = now() - interval '2 hours' WHERE user_id = $1", [
      person.id,
    ]);
    const guess = () =>
      person.ask('PUT /v1/me/password', { body: { password: `${good} anew`, current: 'not the old one' } });
    for (let tries = 0; tries < 5; tries += 1) expect((await guess()).status).toBe(400);
    await justFailed();
    const limited = await guess();
    expect([limited.status, Number(limited.headers.get('retry-after')) > 0]).toEqual([429, true]);
  });
});
