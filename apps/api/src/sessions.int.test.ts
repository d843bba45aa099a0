import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { cookieOf, invitePerson, openLink, type Person } from './testing/person.ts';

let world: ApiWorld;
beforeAll(async () => {
  // Streams end because they are told to, not because somebody looks now and then.
  world = await startApiWorld({ streamCheckMs: 3_600_000 });
});
afterAll(() => world.stop());

const password = 'kettle orbit plum seven';
const agent = 'Mozilla/5.0 (Macintosh) Safari/605';

async function signIn(person: Person, headers: Record<string, string> = {}): Promise<string> {
  const body = { email: person.email, password };
  return cookieOf(
    await world.ask('POST /v1/sessions', { token: null, body, headers: { 'user-agent': agent, ...headers } }),
  );
}

async function withPassword(): Promise<Person> {
  const person = await invitePerson(world);
  await person.setPassword(password);
  return person;
}

const sessionsOf = async (person: Person) => (await person.ask('GET /v1/sessions')).body.data;

/** A stream of events, and whether the server has ended it. */
async function openStream(cookie: string) {
  const left = new AbortController();
  const headers = { cookie, accept: 'text/event-stream' };
  const response = await fetch(`${world.url}/v1/events`, { headers, signal: left.signal });
  expect(response.status).toBe(200);
  let ended = false;
  const reading = (async () => {
    for await (const _ of response.body ?? []) {
      // What it says does not matter.
    }
    ended = true;
  })().catch(() => {});
  return { isEnded: () => ended, leave: async () => left.abort() ?? (await reading) };
}

describe('sessions', () => {
  it('are listed with where they began and how, newest first, for their person alone', async () => {
    const person = await withPassword();
    await signIn(person);
    const listed = await sessionsOf(person);
    expect(listed).toMatchObject([
      { beganWith: 'password', address: '127.0.0.1', userAgent: agent, current: false },
      { beganWith: 'link', current: true, createdAt: expect.any(String), expiresAt: expect.any(String) },
    ]);
    expect(JSON.stringify(listed)).not.toContain('sconce_session_');
    const bob = await invitePerson(world);
    expect((await bob.ask(`DELETE /v1/sessions/${listed[0].id}`)).status).toBe(404);
    expect((await bob.ask('DELETE /v1/sessions/tok_x')).status).toBe(404);
    expect((await sessionsOf(bob)).length).toBe(1);
  });

  it('end one by one, and their streams with them', async () => {
    const person = await withPassword();
    const cookie = await signIn(person);
    const [other] = await sessionsOf(person);
    const stream = await openStream(cookie);
    expect((await person.ask(`DELETE /v1/sessions/${other.id}`)).body).toMatchObject({ id: other.id });
    await waitUntil('the stream to end', async () => stream.isEnded() || null);
    expect((await person.ask('GET /v1/me', { headers: { cookie } })).status).toBe(401);
    expect((await person.ask(`DELETE /v1/sessions/${other.id}`)).status).toBe(404);
    expect((await person.ask('GET /v1/me')).status).toBe(200);
  });

  it('end all but the one that asks', async () => {
    const person = await withPassword();
    const cookies = [await signIn(person), await signIn(person), await signIn(person)];
    const stream = await openStream(cookies[1] ?? '');
    expect((await person.ask('DELETE /v1/sessions?dryRun=true')).body.also).toEqual({ sessions: 3 });
    expect((await sessionsOf(person)).length).toBe(4);
    expect((await person.ask('DELETE /v1/sessions')).body.also).toEqual({ sessions: 3 });
    await waitUntil('the stream to end', async () => stream.isEnded() || null);
    for (const cookie of cookies) expect((await person.ask('GET /v1/me', { headers: { cookie } })).status).toBe(401);
    expect((await sessionsOf(person)).map(({ current }: { current: boolean }) => current)).toEqual([true]);
    const actors = async (who: Pick<ApiWorld, 'ask'>) =>
      (await who.ask('GET /v1/events?type=session.ended&limit=3')).body.data.map(
        ({ actor }: { actor: string }) => actor,
      );
    expect(await actors(world)).toEqual([person.id, person.id, person.id]);
    // Their own they see as well; nobody else's.
    expect(await actors(person)).toEqual([person.id, person.id, person.id]);
    expect(await actors(await invitePerson(world))).toEqual([]);
  });

  it('end for a person whom an administrator signs out; that is nobody else’s to do', async () => {
    const person = await withPassword();
    const stream = await openStream(person.cookie);
    expect((await person.ask(`DELETE /v1/users/${person.id}/sessions`)).status).toBe(403);
    expect((await world.ask('DELETE /v1/users/usr_x/sessions')).status).toBe(404);
    expect((await world.ask(`DELETE /v1/users/${person.id}/sessions`)).body.also).toEqual({ sessions: 1 });
    await waitUntil('the stream to end', async () => stream.isEnded() || null);
    expect((await person.ask('GET /v1/me')).status).toBe(401);
    const { body } = await world.ask('GET /v1/audit-events?action=endUserSessions&limit=1');
    expect(body.data[0]).toMatchObject({ status: 200, target: `/v1/users/${person.id}/sessions` });
  });

  it('are another after each sign-in: the one that the browser had ends', async () => {
    const person = await withPassword();
    const { origin } = new URL(world.url);
    const next = await signIn(person, { cookie: person.cookie, origin });
    expect(next).not.toBe(person.cookie);
    expect((await person.ask('GET /v1/me')).status).toBe(401);
    const link = await world.ask(`POST /v1/users/${person.id}/sign-in-links`, { body: {} });
    const opened = await world.ask(`POST ${new URL(link.body.url).pathname}`, {
      token: null,
      headers: { origin, cookie: next },
    });
    expect(opened.status).toBe(303);
    expect((await person.ask('GET /v1/me', { headers: { cookie: next } })).status).toBe(401);
    expect((await person.ask('GET /v1/me', { headers: { cookie: cookieOf(opened) } })).status).toBe(200);
  });

  it('end by themselves: a week after the last use, a month after they began', async () => {
    const person = await withPassword();
    const set = (what: string) => world.db.pool.query(`UPDATE token SET ${what} WHERE user_id = $1`, [person.id]);
    const status = async () => (await person.ask('GET /v1/me')).status;
    await set("created_at = now() - interval '6 days', last_used_at = NULL");
    expect(await status()).toBe(200);
    await set("created_at = now() - interval '8 days', last_used_at = now() - interval '8 days'");
    const idle = await person.ask('GET /v1/me');
    expect([idle.status, idle.body.detail]).toEqual([401, expect.stringContaining('expired')]);
    await set("last_used_at = now() - interval '6 days'");
    expect([await status(), (await sessionsOf(person)).length]).toEqual([200, 1]);
    await set('expires_at = now()');
    expect(await status()).toBe(401);
    const { rows } = await world.db.pool.query(
      "SELECT round(extract(epoch FROM expires_at - created_at) / 86400)::int AS days FROM token WHERE kind = 'session' AND id = $1",
      [(await sessionsOf(await withPassword()))[0].id],
    );
    expect(rows).toEqual([{ days: 30 }]);
  });

  it('that a token began end with it', async () => {
    const made = await world.ask('POST /v1/tokens', {
      body: { kind: 'personal', name: 'laptop', scopes: ['read'], expiresInDays: 1 },
    });
    const body = { token: made.body.token };
    const cookie = cookieOf(await world.ask('POST /v1/sessions', { token: null, body }));
    const me = () => world.ask('GET /v1/me', { token: null, headers: { cookie } });
    expect((await me()).body.token).toMatchObject({ kind: 'session', scopes: ['read'] });
    await world.ask(`DELETE /v1/tokens/${made.body.id}`);
    expect((await me()).status).toBe(401);
  });

  it('are not shown to tokens of machines or of one project', async () => {
    await world.ask('POST /v1/projects', { body: { slug: 'vision' } });
    for (const body of [
      { kind: 'service', name: 'ci', scopes: ['admin'], project: 'vision' },
      { kind: 'personal', name: 'bound', scopes: ['admin'], project: 'vision' },
    ]) {
      const { token } = (await world.ask('POST /v1/tokens', { body })).body;
      for (const line of ['GET /v1/sessions', 'DELETE /v1/sessions', 'GET /v1/passkeys', 'GET /v1/me/sign-in']) {
        const answer = await world.ask(line, { token });
        expect([line, answer.status, answer.body.code]).toEqual([line, 403, 'forbidden']);
      }
    }
  });
});

describe('a sign-in link', () => {
  it('is made by an administrator, works once, and is kept by nobody', async () => {
    const person = await invitePerson(world);
    expect((await person.ask(`POST /v1/users/${person.id}/sign-in-links`, { body: {} })).status).toBe(403);
    expect((await world.ask('POST /v1/users/usr_x/sign-in-links', { body: {} })).status).toBe(404);
    const key = { 'idempotency-key': 'link-1' };
    const line = `POST /v1/users/${person.id}/sign-in-links`;
    const link = await world.ask(line, { body: {}, headers: key });
    expect(link.body).toEqual({
      url: expect.stringMatching(/^http:\/\/localhost:\d+\/setup\/\w+$/),
      expiresAt: expect.any(String),
    });
    expect((await world.ask(line, { body: {}, headers: key })).body).toEqual(link.body);
    const code = link.body.url.split('/setup/')[1];
    for (const table of ['token', 'event', 'audit_event', 'idempotency_key']) {
      const { rows } = await world.db.pool.query(`SELECT t::text AS line FROM "${table}" t`);
      expect(rows.filter((row: { line: string }) => row.line.includes(code))).toEqual([]);
    }
    const recovered = await openLink(world, person, link.body.url);
    expect((await recovered.ask('GET /v1/me')).body.user.id).toBe(person.id);
    await expect(openLink(world, person, link.body.url)).rejects.toThrow('410');
  });
});

describe('somebody who was invited', () => {
  it('gets another link when the first was lost, which takes its place, and is seen to have come', async () => {
    await world.ask('POST /v1/projects', { body: { slug: 'late' } });
    const email = 'late@example.org';
    const invited = (await world.ask('POST /v1/users', { body: { email, name: 'Late' } })).body;
    const who = { id: invited.id as string, email };
    await world.ask(`PUT /v1/projects/late/members/${email}`, { body: { role: 'viewer' } });
    const member = async () =>
      (await world.ask('GET /v1/projects/late/members')).body.data.find(
        (one: { user: { email: string } }) => one.user.email === email,
      );
    expect(await member()).toMatchObject({ user: { id: who.id, email, name: 'Late' }, cameAt: null });
    const line = `POST /v1/users/${who.id}/sign-in-links`;
    const second = (await world.ask(line, { body: {} })).body.url;
    const third = (await world.ask(line, { body: {} })).body.url;
    for (const voided of [invited.setupUrl, second]) await expect(openLink(world, who, voided)).rejects.toThrow('410');
    expect((await member()).cameAt).toBeNull();
    const begunAt = Date.now();
    await openLink(world, who, third);
    const { cameAt } = await member();
    expect(Date.parse(cameAt)).toBeGreaterThanOrEqual(begunAt);
    const came = async () =>
      (await world.ask('GET /v1/projects/late/events?type=member.came')).body.data.map(
        (one: { subject: string }) => one.subject,
      );
    expect(await came()).toEqual([who.id]);
    await openLink(world, who, (await world.ask(line, { body: {} })).body.url);
    expect([(await member()).cameAt, await came()]).toEqual([cameAt, [who.id]]);
  });

  it('is not kept from coming by a link for somebody else', async () => {
    const invite = async (email: string) => (await world.ask('POST /v1/users', { body: { email, name: 'X' } })).body;
    const [one, other] = [await invite('one@example.org'), await invite('other@example.org')];
    await world.ask(`POST /v1/users/${other.id}/sign-in-links`, { body: {} });
    expect((await openLink(world, { id: one.id, email: one.email }, one.setupUrl)).cookie).not.toBe('');
  });
});

describe('a person', () => {
  it('changes the name that others see', async () => {
    const person = await invitePerson(world);
    expect((await person.ask('PATCH /v1/me', { body: { name: '  Ada Lovelace ' } })).body.name).toBe('Ada Lovelace');
    expect((await person.ask('GET /v1/me')).body.user.name).toBe('Ada Lovelace');
    for (const body of [{ name: '' }, { name: 'a\u0000b' }, { email: 'x@y.example' }, { name: 'x', isAdmin: true }])
      expect((await person.ask('PATCH /v1/me', { body })).body.code).toBe('invalid');
    expect((await person.ask('GET /v1/me')).body.user).toMatchObject({ name: 'Ada Lovelace', isAdmin: false });
  });
});

describe('over https', () => {
  it('the cookie belongs to this one host', async () => {
    const secure = await startApiWorld({ dashboardUrl: 'https://sconce.example' });
    const answer = await secure.ask('POST /v1/sessions', { token: null, body: { token: secure.token } });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-sconce=sconce_session_\w+; Path=\/; HttpOnly; SameSite=Lax; Expires=[^;]+; Secure$/,
    );
    const cookie = cookieOf(answer);
    expect((await secure.ask('GET /v1/me', { token: null, headers: { cookie } })).status).toBe(200);
    const plain = cookie.replace('__Host-', '');
    expect((await secure.ask('GET /v1/me', { token: null, headers: { cookie: plain } })).status).toBe(401);
    await secure.stop();
  });
});
