import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDelivery } from './parse-delivery.ts';
import type { BuiltinPushBody } from './push-event.ts';

interface Examples {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}
const examples: readonly Examples[] = createRequire(import.meta.url)('@octokit/webhooks-examples');
const pushes = examples.find(({ name }) => name === 'push')?.examples ?? [];
const zeros = '0'.repeat(40);
const sha = (digit: string) => digit.repeat(40);

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function parsePush(body: unknown, host: 'github' | 'builtin' = 'github') {
  const content = parseDelivery(host, 'push', bytes(body));
  if (content.kind !== 'push') throw new Error(`not a push: ${JSON.stringify(content)}`);
  return content.push;
}

const branchPush = pushes.find((body) => body.ref === 'refs/heads/master') ?? {};

describe('parseDelivery on what GitHub itself sends', () => {
  it('finds every kind of example', () => {
    expect(pushes.length).toBeGreaterThanOrEqual(7);
    expect(examples.length).toBeGreaterThan(50);
  });

  it.each(examples.flatMap(({ name, examples: bodies }) => bodies.map((body, index) => ({ name, index, body }))))(
    'tells $name #$index apart',
    ({ name, body }) => {
      const content = parseDelivery('github', name, bytes(body));
      expect(content.kind).toBe(name === 'push' || name === 'ping' ? name : 'unknown_event');
    },
  );

  it('reads a push to a new branch', () => {
    expect(parsePush(branchPush)).toEqual({
      host: 'github',
      hostId: '186853002',
      ref: { kind: 'branch', full: 'refs/heads/master', name: 'master' },
      before: null,
      after: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
      forced: false,
      head: {
        sha: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
        tree: '31b122c26a97cf9af023e9ddab94a82c6e77b0ea',
        message: 'Initial commit',
        author: 'Codertocat',
      },
      actor: 'github:Codertocat',
    });
  });

  it('reads made and deleted tags as tags', () => {
    const tags = pushes.filter((body) => body.ref === 'refs/tags/simple-tag').map((body) => parsePush(body));
    expect(tags.map((push) => push.ref.kind)).toEqual(tags.map(() => 'tag'));
    expect(tags.filter((push) => push.after === null).length).toBe(pushes.filter((body) => body.deleted).length);
  });

  it('reads the same payload sent as a form', () => {
    const form = new TextEncoder().encode(`payload=${encodeURIComponent(JSON.stringify(branchPush))}`);
    expect(parseDelivery('github', 'push', form)).toEqual({ kind: 'push', push: parsePush(branchPush) });
  });
});

describe('parseDelivery on bad input', () => {
  it.each([
    ['no JSON', 'oops', ''],
    ['nothing', '', ''],
    ['a list', '[]', ''],
    ['null', 'null', ''],
    ['no repository', '{}', 'repository'],
    ['a repository id that is no number', '{"repository":{"id":"1"}}', 'repository.id'],
    ['no ref', '{"repository":{"id":1}}', 'ref'],
    ['a ref that climbs', '{"repository":{"id":1},"ref":"refs/heads/../x"}', 'ref'],
    ['a ref with a newline', '{"repository":{"id":1},"ref":"refs/heads/a\\nb"}', 'ref'],
    ['a short object name', '{"repository":{"id":1},"ref":"refs/heads/a","before":"abc"}', 'before'],
    [
      'an object name that is an option',
      `{"repository":{"id":1},"ref":"refs/heads/a","before":"${zeros}","after":"--x"}`,
      'after',
    ],
  ])('names the field: %s', (_, body, path) => {
    const content = parseDelivery('github', 'push', new TextEncoder().encode(body));
    expect(content).toMatchObject({ kind: 'malformed', path });
  });

  it('takes legal branch names that a shell would run', () => {
    const ref = 'refs/heads/$(touch$IFS/x);`id`&&"a"';
    expect(parsePush({ ...branchPush, ref }).ref).toEqual({ kind: 'branch', full: ref, name: ref.slice(11) });
  });

  it('cleans and cuts text that no database would take', () => {
    const head_commit = { ...(branchPush.head_commit as object), message: `a\u0000b\ud800${'x'.repeat(9_000)}` };
    const message = parsePush({ ...branchPush, head_commit }).head?.message ?? '';
    expect(message.startsWith('a\ufffdb\ufffdx')).toBe(true);
    expect(message.length).toBe(4_000);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), fc.string()),
        fc.constantFrom('github' as const, 'builtin' as const),
        (body, host) => {
          expect(['push', 'malformed']).toContain(parseDelivery(host, 'push', new TextEncoder().encode(body)).kind);
        },
      ),
    );
  });
});

describe('parseDelivery on built-in pushes', () => {
  const body: BuiltinPushBody = {
    repository: 'rpo_1',
    ref: 'refs/heads/main',
    before: sha('a'),
    after: sha('b'),
    forced: true,
    pusher: 'usr_1',
  };

  it('reads what the server wrote', () => {
    expect(parsePush(body, 'builtin')).toEqual({
      host: 'builtin',
      hostId: 'rpo_1',
      ref: { kind: 'branch', full: 'refs/heads/main', name: 'main' },
      before: sha('a'),
      after: sha('b'),
      forced: true,
      head: null,
      actor: 'usr_1',
    });
  });

  it('reads all zeros as nothing', () => {
    expect(parsePush({ ...body, before: zeros }, 'builtin').before).toBeNull();
    expect(parsePush({ ...body, after: zeros }, 'builtin').after).toBeNull();
  });
});
