import type { Answer, ApiWorld, Ask } from './api-world.ts';
import { SoftAuthenticator } from './soft-authenticator.ts';

/** Somebody in a browser: a cookie, and requests from the dashboard's own pages. */
export class Person {
  readonly email: string;
  readonly id: string;
  readonly #world: ApiWorld;
  cookie: string;

  constructor(world: ApiWorld, who: { id: string; email: string; cookie: string }) {
    this.#world = world;
    this.id = who.id;
    this.email = who.email;
    this.cookie = who.cookie;
  }

  ask(line: string, options: Ask = {}): Promise<Answer> {
    const { origin } = new URL(this.#world.url);
    return this.#world.ask(line, {
      ...options,
      token: null,
      headers: { cookie: this.cookie, origin, ...options.headers },
    });
  }

  async addPasskey(name = 'Laptop'): Promise<SoftAuthenticator> {
    const key = new SoftAuthenticator(this.#world.config.dashboardUrl);
    const begun = await this.ask('POST /v1/passkey-registrations', { body: {} });
    const credential = key.create(begun.body.options);
    const added = await this.ask('POST /v1/passkeys', { body: { name, credential } });
    if (added.status !== 201) throw new Error(`no passkey: ${JSON.stringify([begun.body, added.body])}`);
    return key;
  }

  async setPassword(password: string): Promise<void> {
    const answer = await this.ask('PUT /v1/me/password', { body: { password } });
    if (answer.status !== 200) throw new Error(`no password: ${JSON.stringify(answer.body)}`);
  }
}

let count = 0;

/** Invited, and in by their link. */
export async function invitePerson(world: ApiWorld, changes: { readonly name?: string } = {}): Promise<Person> {
  count += 1;
  const email = `person-${count}@example.org`;
  const invited = await world.ask('POST /v1/users', { body: { email, name: changes.name ?? 'Ada Byron' } });
  return openLink(world, { id: invited.body.id, email }, invited.body.setupUrl);
}

/** Whoever opens the link is signed in. */
export async function openLink(world: ApiWorld, who: { id: string; email: string }, url: string): Promise<Person> {
  const { origin } = new URL(world.url);
  const headers = { origin, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0' };
  const opened = await world.ask(`POST ${new URL(url).pathname}`, { token: null, headers });
  return new Person(world, { ...who, cookie: cookieOf(opened) });
}

export function cookieOf(answer: Answer): string {
  const cookie = answer.headers.get('set-cookie')?.split(';')[0];
  if (!cookie) throw new Error(`no cookie came with ${answer.status} ${JSON.stringify(answer.body)}`);
  return cookie;
}
