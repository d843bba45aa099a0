import type { OnlyHere } from '../../api/use-write.ts';

/** A token that leaked for a day must not become a way in that stays (ADR 20), so there is nothing to show for a terminal. */
export const personsOnly: OnlyHere = { onlyHere: 'takes a session that did not begin with a token' };
