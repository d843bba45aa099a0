import { RuntimeUnavailable } from '@sconce/ports';

/** `meta/v1` `Status`, as a kubelet ends a command with it. */
interface ExecStatus {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

export interface ExecEnd {
  readonly exitCode: number;
  /** What the engine says of a command that it could not begin; null where the command said all there is. */
  readonly message: string | null;
}

/** As a shell answers for a command that is not there. */
const notFoundCode = 127;

/** Throws `RuntimeUnavailable` where it says neither. */
export function toExecEnd(text: string): ExecEnd {
  const status = parse(text);
  if (status.status === 'Success') return { exitCode: 0, message: null };
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && code !== undefined && /^\d{1,3}$/.test(code))
    return { exitCode: Number(code), message: null };
  const message = status.message ?? '';
  if (/executable file not found|no such file or directory|permission denied/i.test(message))
    return { exitCode: notFoundCode, message: message.slice(0, 2_000) };
  throw new RuntimeUnavailable(`A command ended in a way that is not known: ${message.slice(0, 300)}`);
}

function parse(text: string): ExecStatus {
  try {
    return JSON.parse(text) as ExecStatus;
  } catch (error) {
    throw new RuntimeUnavailable('A command ended in a way that is not known', { cause: error });
  }
}
