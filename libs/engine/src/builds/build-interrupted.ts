/** Why a running build is stopped from outside. */
export type Interruption =
  /** A person wants it to end. */
  | 'cancelled'
  /** Another worker may have it by now: write nothing more. */
  | 'claim_lost'
  /** This process stops: give it back. */
  | 'stopping';

export class BuildInterrupted extends Error {
  override readonly name = 'BuildInterrupted';
  readonly why: Interruption;
  constructor(why: Interruption) {
    super(`The build was interrupted: ${why}`);
    this.why = why;
  }
}
