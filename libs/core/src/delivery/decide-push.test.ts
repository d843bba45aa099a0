import { describe, expect, it } from 'vitest';
import { decideHead, decideRef, decideSkip } from './decide-push.ts';
import { parseGitRef } from './git-ref.ts';
import type { PushEvent } from './push-event.ts';

function push(full: string, after: string | null = 'a'.repeat(40)): PushEvent {
  const ref = parseGitRef(full);
  if (ref === null) throw new Error('no ref');
  return { host: 'builtin', hostId: 'rpo_1', ref, before: null, after, forced: false, head: null, actor: null };
}

describe('parseGitRef', () => {
  it.each([
    ['refs/heads/main', 'branch', 'main'],
    ['refs/heads/feature/main', 'branch', 'feature/main'],
    ['refs/heads/-x', 'branch', '-x'],
    ['refs/tags/main', 'tag', 'main'],
    ['refs/pull/1/head', 'other', 'refs/pull/1/head'],
  ])('%s is a %s', (full, kind, name) => {
    expect(parseGitRef(full)).toEqual({ kind, full, name });
  });

  it.each([
    'main',
    'refs/heads/',
    'refs/heads/a..b',
    'refs/heads/a b',
    'refs/heads/a\u007f',
    'refs/heads/a~1',
    'refs/heads/.a',
    'refs/heads/a.lock',
    'refs/heads/a.',
    'refs/heads/a//b',
    'refs/heads/a@{1}',
    'refs/heads/\ud800',
    `refs/heads/${'a'.repeat(1_024)}`,
  ])('refuses %j', (full) => {
    expect(parseGitRef(full)).toBeNull();
  });
});

describe('what a push itself says', () => {
  it('tells tags, other refs and deletions from branches', () => {
    expect(decideRef(push('refs/tags/main'))?.reason).toBe('tag_not_built');
    expect(decideRef(push('refs/pull/1/head'))?.reason).toBe('no_branch_rule');
    expect(decideRef(push('refs/heads/main', null))?.reason).toBe('ref_deleted');
    expect(decideRef(push('refs/heads/main'))).toBeNull();
  });

  it('builds the head alone', () => {
    expect(decideHead(push('refs/heads/main'), 'a'.repeat(40))).toBeNull();
    expect(decideHead(push('refs/heads/main'), 'b'.repeat(40))).toMatchObject({
      reason: 'not_a_head',
      message: 'main is at bbbbbbb by now, so aaaaaaa is not built.',
    });
    expect(decideHead(push('refs/heads/main'), null)?.reason).toBe('not_a_head');
  });

  it('heeds what the head commit asks', () => {
    expect(decideSkip('a'.repeat(40), 'x [skip ci]')?.reason).toBe('skip_ci');
    expect(decideSkip('a'.repeat(40), 'x')).toBeNull();
  });
});
