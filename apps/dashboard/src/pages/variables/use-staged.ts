import { ApiProblem, type Variable } from '@sconce/contract';
import { useState } from 'react';
import { cache } from '../../api/cache.ts';
import { useDraft } from '../../api/use-draft.ts';
import { useFoundDone, useWrite } from '../../api/use-write.ts';
import { changeVariables } from '../../words/actions/value-actions.ts';
import { changedBetween, type Staged, toDifferences, toPatch } from '../../words/staged.ts';

/** Where variables stand, and how a patch of them is sent. */
export interface VariableOwner {
  readonly kind: 'service' | 'environment';
  readonly id: string;
  /** For commands. */
  readonly path: string;
  send(patch: Record<string, string | null>, deploy: boolean, ifMatch: string | null): Promise<unknown>;
}

/** The list that changes are made against: what its ETag says, and what stood in it. */
interface Seen {
  readonly etag: string | null;
  readonly standing: readonly Variable[];
}

interface Draft {
  readonly staged: Staged;
  readonly seen: Seen;
}

const nothing: Draft = { staged: {}, seen: { etag: null, standing: [] } };

/**
 * Changes that wait to be applied together. They stay when applying fails, when the page is left, and when others change the same list meanwhile: then
 * nothing is sent before the person has said that they know.
 */
export function useStaged(owner: VariableOwner, standing: readonly Variable[], etag: string | null) {
  const [draft, setDraft] = useDraft(`variables ${owner.id}`, nothing);
  const { staged } = draft;
  const now: Seen = { etag, standing };
  const seen = draft === nothing ? now : draft.seen;
  const differences = toDifferences(standing, staged);
  const put = (next: Staged, against: Seen = seen) =>
    setDraft(Object.keys(next).length === 0 ? nothing : { staged: next, seen: against });
  const [deploy, setDeploy] = useState(true);
  const apply = useWrite({
    as: changeVariables(owner, toPatch(differences), deploy),
    mutationFn: () => owner.send(toPatch(differences), deploy, seen.etag),
    // What was applied is in the table before it leaves the difference.
    onSuccess: () => cache.invalidateQueries({ queryKey: ['variables'] }).then(() => setDraft(nothing)),
    onError: () => void cache.invalidateQueries({ queryKey: ['variables'] }),
  });
  useFoundDone(apply.error, draft !== nothing && differences.length === 0, () => setDraft(nothing));
  const refused = apply.error instanceof ApiProblem && apply.error.code === 'precondition_failed';
  const isOther = revisionOf(seen.etag) !== revisionOf(etag);
  return {
    names: Object.keys(staged),
    /** Undefined: nothing is staged for this name. */
    of: (name: string): string | null | undefined => (Object.hasOwn(staged, name) ? staged[name] : undefined),
    differences,
    apply,
    /** With a release at once, or with the next one. */
    deploy,
    setDeploy,
    /** Somebody else was quicker: names of what is other now. Null: nobody was. */
    overtaken: !apply.isPending && (isOther || refused) ? changedBetween(seen.standing, standing) : null,
    stage: (changes: Staged) => put({ ...staged, ...changes }),
    unstage: (name: string) => put(Object.fromEntries(Object.entries(staged).filter(([other]) => other !== name))),
    /** What others made is known, and what is staged is meant against it. */
    goOn: () => {
      apply.reset();
      put(staged, now);
    },
    discard: () => {
      apply.reset();
      setDraft(nothing);
    },
  };
}

export type Stage = ReturnType<typeof useStaged>;

/** ETags are a revision and a hash of the answer; If-Match compares the revision alone. */
const revisionOf = (etag: string | null): string => etag?.replace(/-[^-]*$/, '') ?? '';
