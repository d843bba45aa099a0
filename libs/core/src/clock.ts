/** Milliseconds since the Unix epoch. */
export type EpochMs = number;
