import { type UseMutateFunction, type UseMutationOptions, useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Action } from '../words/actions/action.ts';
import { isUnsure, ReadSince } from '../words/unsure.ts';
import { readAnew } from './read-anew.ts';

/** What only a person in a browser may do, and why: it has no form for a terminal. */
export interface OnlyHere {
  readonly onlyHere: string;
}

interface WriteOptions<Data, Input, As> extends Omit<UseMutationOptions<Data, Error, Input>, 'mutationFn'> {
  /** What it does, for a terminal; shown beside the button by `AsCommand`. */
  readonly as: As;
  readonly mutationFn: (input: Input) => Promise<Data>;
}

export interface Write<Data, Input, As = Action> {
  readonly as: As;
  readonly mutate: UseMutateFunction<Data, Error, Input>;
  readonly reset: () => void;
  readonly data: Data | undefined;
  /** As it was sent. */
  readonly variables: Input | undefined;
  /** Also while what is there is read, since nobody told what became of it. */
  readonly isPending: boolean;
  readonly isSuccess: boolean;
  readonly error: Error | null;
}

/** What was read since says that it was done after all: `settle` is called then, as after an answer. */
export function useFoundDone(error: unknown, isDone: boolean, settle: () => void): void {
  const isFound = error instanceof ReadSince && isDone;
  useEffect(() => {
    if (isFound) settle();
  });
}

/**
 * Everything that a page changes goes through this: each names its form for a terminal. The client repeats by itself what got no answer, under one key.
 * Where no try is answered, what is there is read before the write is offered again, and then the same write goes out under the same key.
 */
export function useWrite<Data, Input = void, As extends Action | OnlyHere = Action>({
  as,
  ...options
}: WriteOptions<Data, Input, As>): Write<Data, Input, As> {
  const { error, isPending, isSuccess, data, variables, mutate, reset } = useMutation<Data, Error, Input>(options);
  const [read, setRead] = useState<{ readonly after: Error; readonly as: ReadSince } | null>(null);
  const isLooking = isUnsure(error) && read?.after !== error;
  useEffect(() => {
    if (!isLooking || !error) return;
    const looking = new AbortController();
    readAnew(looking.signal).then(
      () => setRead({ after: error, as: new ReadSince(error.message, { cause: error }) }),
      // Nobody looks at it any more.
      () => {},
    );
    return () => looking.abort();
  }, [isLooking, error]);
  const shown = error !== null && read?.after === error ? read.as : error;
  return { as, mutate, reset, data, variables, isPending: isPending || isLooking, isSuccess, error: shown };
}
