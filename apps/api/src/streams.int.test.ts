import { connect } from 'node:net';
import { ApiProblem, type AuditEvent, createClient } from '@sconce/contract';
import { appendEvent, appendLogChunk } from '@sconce/db';
import { newId } from '@sconce/foundation';
import { waitUntil } from '@sconce/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from './testing/api-world.ts';
import { makeTenant, type Tenant } from './testing/two-tenants.ts';

let world: ApiWorld;
let tenant: Tenant;
let other: Tenant;
beforeAll(async () => {
  world = await startApiWorld();
  tenant = await makeTenant(world, 'vision');
  other = await makeTenant(world, 'other');
});
afterAll(() => world.stop());

const client = (token = world.token) => createClient({ baseUrl: world.url, token });

/** The one writer of a stream: numbers lines. */
function writerOf(stream: string, last = 0) {
  let position = last;
  return {
    get last() {
      return position;
    },
    write: async (count: number, text: (line: number) => string = (line) => `line ${line}`) => {
      const lines = Array.from({ length: count }, (_, index) => ({
        at: new Date().toISOString(),
        stream: 'stdout' as const,
        level: null,
        text: text(position + index + 1),
      }));
      position = await appendLogChunk(world.db.tx, stream, position, lines);
    },
  };
}

const followed = (what: 'log' | 'event', count = 1) =>
  waitUntil('the stream to be followed', async () =>
    ((await world.ask('GET /metrics')).body as string).includes(`sconce_${what}_followers ${count}\n`),
  );
/** A stream that a test left is seen to be left a moment later, and would pass for the next one's. */
beforeEach(() => Promise.all([followed('log', 0), followed('event', 0)]));

async function newService(): Promise<string> {
  const answer = await world.ask(`POST /v1/environments/${tenant.ids.environment}/services`, {
    body: { slug: newId('svc').slice(-20) },
  });
  return (answer.body as { id: string }).id;
}

/** Reads raw server-sent events until `enough`. */
async function readRaw(
  path: string,
  headers: Record<string, string>,
  enough: (text: string) => boolean,
): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(`${world.url}${path}`, {
    headers: { authorization: `Bearer ${world.token}`, ...headers },
    signal: abort.signal,
  });
  let text = `${response.status} ${response.headers.get('content-type')}\n`;
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (enough(text)) break;
    }
  } finally {
    abort.abort();
  }
  return text;
}

describe('a log stream', () => {
  it('begins with the last lines and goes on with new ones, as curl shows it', async () => {
    const service = await newService();
    const writer = writerOf(service);
    await writer.write(10);
    const reading = readRaw(`/v1/services/${service}/logs?tail=2`, { accept: 'text/event-stream' }, (text) =>
      text.includes('"line":12'),
    );
    await followed('log');
    await writer.write(2);
    const text = await reading;
    expect(text).toMatch(/^200 text\/event-stream; charset=utf-8\nretry: 1000\n/);
    expect(
      [...text.matchAll(/^id: (\d+)\ndata: (\{.*\})\n\n/gm)].map((match) => [
        Number(match[1]),
        JSON.parse(match[2] ?? '').text,
      ]),
    ).toEqual([
      [9, 'line 9'],
      [10, 'line 10'],
      [11, 'line 11'],
      [12, 'line 12'],
    ]);
    const lines = await readRaw(`/v1/services/${service}/logs?after=10`, { accept: 'application/x-ndjson' }, (got) =>
      got.includes('"line":12'),
    );
    expect(
      lines
        .split('\n')
        .slice(1, 3)
        .map((line) => JSON.parse(line).line),
    ).toEqual([11, 12]);
  });

  it('loses, doubles and reorders nothing across restarts of the API while lines keep coming', async () => {
    const service = await newService();
    const writer = writerOf(service);
    const abort = new AbortController();
    let reconnects = 0;
    const seen: number[] = [];
    const reading = (async () => {
      for await (const line of client().follow.listServiceLogs({
        params: { service },
        signal: abort.signal,
        onReconnect: () => {
          reconnects += 1;
        },
      })) {
        seen.push(line.line);
        if (line.line === 600) return;
      }
    })();
    await followed('log');
    let back: Promise<unknown> = Promise.resolve();
    for (let chunk = 0; chunk < 60; chunk += 1) {
      if ([15, 35, 59].includes(chunk)) await back;
      if (chunk === 15 || chunk === 35) back = world.restart().then(() => followed('log'));
      await writer.write(10);
    }
    await reading;
    abort.abort();
    expect(seen).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
    expect(reconnects).toBeGreaterThanOrEqual(2);
  });

  it('serves followers far behind and near from one reader, each with every line', async () => {
    const service = await newService();
    const writer = writerOf(service);
    for (let chunk = 0; chunk < 30; chunk += 1) await writer.write(200);
    const follow = async (after: number) => {
      const seen: number[] = [];
      for await (const line of client().follow.listServiceLogs({ params: { service }, query: { after } })) {
        seen.push(line.line);
        if (line.line === 6_500) return seen;
      }
      return seen;
    };
    const all = Promise.all([0, 10, 5_990, 5_999, 6_000, 6_100].map(follow));
    for (let chunk = 0; chunk < 5; chunk += 1) await writer.write(100);
    for (const [index, after] of [0, 10, 5_990, 5_999, 6_000, 6_100].entries()) {
      expect((await all)[index]).toEqual(Array.from({ length: 6_500 - after }, (_, line) => after + line + 1));
    }
  });

  it('brings a thousand lines a second, each once and in order', async () => {
    const service = await newService();
    const writer = writerOf(service);
    const total = 3_000;
    const seen: number[] = [];
    const reading = (async () => {
      for await (const line of client().follow.listServiceLogs({ params: { service }, query: { after: 0 } })) {
        seen.push(line.line);
        if (line.line === total) return;
      }
    })();
    await followed('log');
    const started = performance.now();
    while (writer.last < total) {
      const due = Math.min(total, Math.floor(performance.now() - started));
      if (due > writer.last) await writer.write(due - writer.last);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await reading;
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  });

  it('brings a line when Postgres announces it, not at the next look', async () => {
    const service = await newService();
    const writer = writerOf(service);
    const rounds = 30;
    let last = 0;
    const reading = (async () => {
      for await (const { line } of client().follow.listServiceLogs({ params: { service }, query: { after: 0 } })) {
        last = line;
        if (line === rounds) return;
      }
    })();
    await followed('log');
    const started = performance.now();
    for (let round = 1; round <= rounds; round += 1) {
      await writer.write(1);
      await waitUntil('the line', () => last === round, undefined, 1);
    }
    await reading;
    // Each is written right after the one before was seen: by looks alone, two seconds apart, these would take a minute.
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  it('names the release of a line by its number, in the stream as in history', async () => {
    const service = await newService();
    const release = newId('rel');
    await world.db.pool.query(
      `INSERT INTO release (id, service_id, number, image_digest, spec, spec_hash, replica_set_id, cause)
       VALUES ($1, $2, 12, 'sha256:0', '{}', '', $1, 'push')`,
      [release, service],
    );
    const line = { at: new Date().toISOString(), stream: 'stdout', level: null, text: 'hello' } as const;
    await appendLogChunk(world.db.tx, service, 0, [{ ...line, replica: 'r12-a', release }, line]);
    const expected = [
      { line: 1, ...line, replica: 'r12-a', release: { id: release, number: 12, name: 'r12' } },
      { line: 2, ...line },
    ];
    expect((await world.ask(`GET /v1/services/${service}/logs?order=oldest`)).body.data).toEqual(expected);
    const text = await readRaw(`/v1/services/${service}/logs?after=0`, { accept: 'application/x-ndjson' }, (got) =>
      got.includes('"line":2'),
    );
    const items = text.split('\n').filter((each) => each.startsWith('{"line"'));
    expect(items.map((each) => JSON.parse(each))).toEqual(expected);
  });

  it('chooses by text, level, replica and release, in the stream as in history', async () => {
    const service = await newService();
    const lines = [
      { level: 'warn', text: 'Slow Request', replica: 'r1-a', release: 'rel_1' },
      { level: 'info', text: 'request', replica: 'r1-a', release: 'rel_1' },
      { level: 'error', text: 'failed', replica: 'r2-b', release: 'rel_2' },
      { level: null, text: 'REQUEST', replica: 'r2-b', release: 'rel_2' },
    ].map((line) => ({ at: new Date().toISOString(), stream: 'stdout' as const, ...line }) as never);
    await appendLogChunk(world.db.tx, service, 0, lines);
    const history = async (query: string) =>
      ((await world.ask(`GET /v1/services/${service}/logs?${query}`)).body.data as { line: number }[]).map(
        ({ line }) => line,
      );
    expect(await history('text=request')).toEqual([4, 2, 1]);
    expect(await history('level=warn,error')).toEqual([3, 1]);
    expect(await history('replica=r1-a&text=slow')).toEqual([1]);
    expect(await history('release=rel_2&order=oldest')).toEqual([3, 4]);
    expect(await history('limit=2')).toEqual([4, 3]);
    const text = await readRaw(
      `/v1/services/${service}/logs?level=error,warn&after=0`,
      { accept: 'text/event-stream' },
      (got) => got.includes('id: 3'),
    );
    expect([...text.matchAll(/^id: (\d+)/gm)].map((match) => Number(match[1]))).toEqual([1, 3]);
  });

  it('pages back through history without gap or double', async () => {
    const service = await newService();
    const writer = writerOf(service);
    for (const count of [7, 1, 30, 2, 11]) await writer.write(count);
    const seen: number[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await world.ask(`GET /v1/services/${service}/logs?limit=10${cursor}`);
      seen.push(...body.data.map((line: { line: number }) => line.line));
      if (body.page.next === null) break;
      cursor = `&cursor=${body.page.next}`;
    }
    expect(seen).toEqual(Array.from({ length: 51 }, (_, index) => 51 - index));
  });

  it('cuts nobody off for a client that does not read', async () => {
    const service = await newService();
    const writer = writerOf(service);
    const stuck = connect(Number(new URL(world.url).port), '127.0.0.1', () => {
      stuck.write(
        `GET /v1/services/${service}/logs?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.token}\r\nAccept: text/event-stream\r\n\r\n`,
      );
      stuck.pause();
    });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const line of client().follow.listServiceLogs({ params: { service }, query: { after: 0 } })) {
        seen.push(line.line);
        if (line.line === 400) return;
      }
    })();
    const before = process.memoryUsage().rss;
    for (let chunk = 0; chunk < 40; chunk += 1) await writer.write(10, () => 'x'.repeat(20_000));
    await reading;
    expect(seen).toHaveLength(400);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
    stuck.destroy();
  });
});

describe('a build’s log', () => {
  it('ends with the build, after its last line, and says how it ended', async () => {
    const build = tenant.ids.build ?? '';
    await world.db.pool.query("UPDATE build SET phase = 'running', ended_at = NULL WHERE id = $1", [build]);
    const writer = writerOf(build, 5);
    const raw = readRaw(`/v1/builds/${build}/logs`, { accept: 'text/event-stream' }, (text) =>
      text.includes('event: end'),
    );
    const lines = (async () => {
      const seen: number[] = [];
      for await (const line of client().follow.listBuildLogs({ params: { build } })) seen.push(line.line);
      return seen;
    })();
    await writer.write(3);
    await world.db.transaction(async (tx) => {
      await tx.$executeRaw`UPDATE build SET phase = 'failed', reason = 'build_step_failed', ended_at = now() WHERE id = ${build}`;
      await appendEvent(tx, { type: 'build.failed', projectId: tenant.ids.project ?? null, subjectId: build });
    });
    expect(await lines).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await raw).toContain(`event: end\ndata: {"build":"${build}","phase":"failed","reason":"build_step_failed"}`);
  });
});

describe('an event stream', () => {
  const say = (subjectId: string, project = tenant) =>
    appendEvent(world.db.tx, {
      type: 'build.succeeded',
      projectId: project.ids.project ?? null,
      serviceId: project.ids.service ?? null,
      subjectId,
    });

  it('tells only of what its caller may see, and resumes after a cursor', async () => {
    const abort = new AbortController();
    const seen: { subject: string; cursor: string }[] = [];
    const follow = (after?: string) =>
      (async () => {
        const input = { signal: abort.signal, ...(after ? { after } : {}) };
        for await (const event of client(tenant.tokens.read).follow.listEvents(input)) {
          seen.push(event);
          if (event.subject.endsWith('_last')) return;
        }
      })();
    const first = follow();
    await followed('event');
    await say('bld_1');
    await say('bld_of_others', other);
    await say('bld_2_last');
    await first;
    expect(seen.map(({ subject }) => subject)).toEqual(['bld_1', 'bld_2_last']);
    const resumed = follow(seen[0]?.cursor);
    await say('bld_3_last');
    await resumed;
    expect(seen.map(({ subject }) => subject)).toEqual(['bld_1', 'bld_2_last', 'bld_2_last']);
    const history = await world.ask(`GET /v1/services/${tenant.ids.service}/events?type=build&limit=2`, {
      token: tenant.tokens.read,
    });
    expect(history.body.data.map((event: { subject: string }) => event.subject)).toEqual(['bld_3_last', 'bld_2_last']);
  });

  it('misses none that commits late', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of client().follow.listProjectEvents({
        params: { project: 'vision' },
        query: { type: 'build' },
        signal: abort.signal,
      })) {
        seen.push(event.subject);
        if (seen.length === 3) return;
      }
    })();
    await followed('event');
    const late = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    const slow = world.db.transaction(async (tx) => {
      await appendEvent(tx, { type: 'build.started', projectId: tenant.ids.project ?? null, subjectId: 'began first' });
      opened.resolve();
      await late.promise;
    });
    await opened.promise;
    await say('second');
    late.resolve();
    await slow;
    await say('third');
    await reading;
    expect(seen.toSorted()).toEqual(['began first', 'second', 'third']);
  });

  it('tells administrators alone of the audit log, each of theirs, also of what was refused, and resumes between its rows', async () => {
    const rowsOf = async (token: string, until: string, after?: string | null) => {
      const seen: AuditEvent[] = [];
      const query = { audited: true, ...(after ? { after } : {}) };
      for await (const { type, data, subject } of client(token).follow.listEvents({ query })) {
        if (type === 'audit.recorded') seen.push(data as AuditEvent);
        if (subject === until) return seen;
      }
      return seen;
    };
    const { cursor: start } = (await world.ask('GET /v1/events?limit=1')).body.data[0];
    const rename = (project: Tenant, token: string, name: string) =>
      world.ask(`PATCH /v1/projects/${project.slug}`, { token, body: { name } });
    await world.ask('PATCH /v1/me', { body: { name: 'Admin' } });
    await rename(other, other.tokens.admin, 'Other');
    expect((await rename(tenant, tenant.tokens.read, 'Refused')).status).toBe(403);
    await rename(tenant, tenant.tokens.admin, 'Vision');
    await say('bld_audited');
    const summaries = (rows: readonly AuditEvent[]) =>
      rows.map(({ action, status, project, tokenName }) => [action, status, project, tokenName]);

    const ours = await rowsOf(tenant.tokens.admin, 'bld_audited', start);
    expect(summaries(ours)).toEqual([
      ['updateProject', 403, tenant.ids.project, 'read'],
      ['updateProject', 200, tenant.ids.project, 'admin'],
    ]);
    const [newest] = (await world.ask('GET /v1/audit-events?project=vision', { token: tenant.tokens.admin })).body.data;
    expect(ours[1]).toEqual(newest);
    expect(await rowsOf(tenant.tokens.admin, 'bld_audited', newest.cursor)).toEqual([]);
    expect(summaries(await rowsOf(tenant.tokens.admin, 'bld_audited', ours[0]?.cursor))).toEqual([summaries(ours)[1]]);

    const all = await rowsOf(world.token, 'bld_audited', start);
    expect(all.filter(({ project }) => project === other.ids.project)).toHaveLength(1);
    expect(all.filter(({ action, project }) => action === 'updateMe' && project === null)).toHaveLength(1);
    for (const token of [tenant.tokens.read, tenant.tokens.write, tenant.tokens.environment]) {
      const reading = rowsOf(token, 'bld_audited', start);
      // One of an environment is not told of the project's builds, so its own comes last.
      await appendEvent(world.db.tx, {
        type: 'build.succeeded',
        projectId: tenant.ids.project ?? null,
        environmentId: tenant.ids.environment ?? null,
        subjectId: 'bld_audited',
      });
      expect(await reading).toEqual([]);
    }
  });

  it('tells of the audit log only who asks for it, and no history does', async () => {
    const { cursor } = (await world.ask('GET /v1/events?limit=1')).body.data[0];
    await world.ask('PATCH /v1/projects/vision', { body: { name: 'Again' } });
    await say('bld_unasked');
    const types: string[] = [];
    for await (const { type, subject } of client().follow.listEvents({ query: { after: cursor } })) {
      types.push(type);
      if (subject === 'bld_unasked') break;
    }
    expect(types).toEqual(['project.updated', 'build.succeeded']);
    expect((await world.ask('GET /v1/events?type=audit')).body.data).toEqual([]);
    const refused = await world.ask('GET /v1/events?audited=true');
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'audited']);
    expect((await world.ask('GET /v1/projects/vision/events?audited=true')).status).toBe(400);
  });

  it('refuses what is no cursor of it', async () => {
    for (const after of ['x', '1', "1.2'"]) {
      const error = await client()
        .follow.listEvents({ after })
        .next()
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ApiProblem);
      expect((error as ApiProblem).code).toBe('invalid');
    }
    const log = await client()
      .follow.listServiceLogs({ params: { service: tenant.ids.service ?? '' }, after: 'x' })
      .next()
      .catch((caught: unknown) => caught);
    expect((log as ApiProblem).code).toBe('invalid');
  });

  it('ends when its token is revoked', async () => {
    const made = (
      await world.ask('POST /v1/tokens', {
        body: { kind: 'service', name: 'watcher', scopes: ['read'], project: 'vision' },
      })
    ).body;
    const reading = (async () => {
      for await (const _ of client(made.token).follow.listProjectEvents({ params: { project: 'vision' } }));
    })().catch((error: unknown) => error);
    await followed('event');
    await world.ask(`DELETE /v1/tokens/${made.id}`);
    expect(await reading).toMatchObject({ name: 'ApiProblem', status: 401 });
  });
});
