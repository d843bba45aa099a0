import { ApiUnreachable } from '@sconce/contract';

/** No answer told what became of a write; what is shown was read since. */
export class ReadSince extends Error {
  override readonly name = 'ReadSince';
}

/** A write was sent, and nobody told what became of it. */
export const isUnsure = (error: unknown): error is Error =>
  error instanceof ReadSince || (error instanceof ApiUnreachable && error.mayBeDone);
