import { ApiProblem } from '@sconce/contract';

/** There is none, or this person may not see it: the API answers both alike. */
export const isMissing = (error: unknown): boolean => error instanceof ApiProblem && error.status === 404;
