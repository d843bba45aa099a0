import type { Reason } from '@sconce/core';

export interface BuildRequest {
  readonly build: string;
  /** Absolute path of a directory that holds the commit's tree and nothing else. */
  readonly directory: string;
  /** Relative to `directory`; checked to stay inside it after links are followed. */
  readonly context: string;
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  readonly secrets: readonly { readonly name: string; readonly value: Uint8Array }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  /** `RUN --mount=type=cache` is shared by builds of the same scope only: what one tenant puts there must not run in another's build. */
  readonly cacheScope: string;
  readonly limits: BuildLimits;
}

export interface BuildLimits {
  readonly timeMs: number;
  /** Of each build step's processes. */
  readonly memoryMiB: number;
  /** Of log output; past it the build ends with `build_output_exceeded`. */
  readonly outputBytes: number;
}

export interface BuiltImage {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly architecture: string;
  /** TCP ports of `EXPOSE`, ascending. */
  readonly exposedPorts: readonly number[];
  readonly layers: readonly { readonly digest: string; readonly sizeBytes: number; readonly createdBy: string }[];
}

/** Makes an image from a directory. */
export interface Builder {
  /**
   * Calls `onOutput` with raw output as it comes (any chunking). Aborting the signal ends the build and every process of it
   * before this rejects with the signal's reason. Throws `BuildFailed` for all that the user can mend or must know,
   * `BuilderUnavailable` when the builder itself is away (worth another try).
   */
  build(request: BuildRequest, onOutput: (chunk: Uint8Array) => void, signal: AbortSignal): Promise<BuiltImage>;
}

export class BuildFailed extends Error {
  override readonly name = 'BuildFailed';
  readonly reason: Reason;
  /** What to do next; null when the message says it all. */
  readonly hint: string | null;

  constructor(reason: Reason, message: string, hint: string | null = null) {
    super(message);
    this.reason = reason;
    this.hint = hint;
  }
}

export class BuilderUnavailable extends Error {
  override readonly name = 'BuilderUnavailable';
}
