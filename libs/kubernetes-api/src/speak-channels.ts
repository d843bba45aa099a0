import { RuntimeUnavailable } from '@sconce/ports';
import { createWebSocketStream, type WebSocket } from 'ws';
import { type ExecEnd, toExecEnd } from './to-exec-end.ts';

/** The first in which input can be ended (Kubernetes 1.30): each message begins with the number of a channel. */
export const channelProtocol = 'v5.channel.k8s.io';

const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

export interface ChannelOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** A process in a pod, as `exec` and `attach` reach it. */
export interface ChannelProcess {
  /** To be read once. Throws `RuntimeUnavailable` where the API server was lost. */
  readonly output: AsyncIterable<ChannelOutput>;
  /** Resolves when there is room for more; what nobody takes any more is dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** It reads the end of its input; with a terminal this does nothing. */
  end(): void;
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>;
  /** Once `output` was read to its end. Throws `RuntimeUnavailable`. */
  exitCode(): Promise<number>;
  /** Cuts the connection, whatever the process does. */
  close(): void;
}

/** `socket` is one of `KubernetesApi.socket` with `channelProtocol`. */
export function speakChannels(socket: WebSocket, hasTerminal: boolean): ChannelProcess {
  const end = Promise.withResolvers<ExecEnd>();
  end.promise.catch(() => undefined);
  const send = (number: number, bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      // It calls back when the bytes went out, and with an error when nobody takes them any more.
      if (socket.readyState !== socket.OPEN) resolve();
      else socket.send(Buffer.concat([Buffer.of(number), bytes]), () => resolve());
    });
  return {
    output: readOutput(socket, end),
    write: (bytes) => send(channel.stdin, bytes),
    end: () => {
      if (!hasTerminal) void send(channel.close, Buffer.of(channel.stdin));
    },
    resize: ({ columns, rows }) => send(channel.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows }))),
    exitCode: async () => (await end.promise).exitCode,
    close: () => socket.terminate(),
  };
}

/** The connection is read only as far as somebody takes what comes. */
async function* readOutput(
  socket: WebSocket,
  end: PromiseWithResolvers<ExecEnd>,
): AsyncGenerator<ChannelOutput, void, undefined> {
  const stream = createWebSocketStream(socket, { readableObjectMode: true });
  const lost = (cause?: unknown) =>
    new RuntimeUnavailable('The Kubernetes API was lost while a command ran', { cause });
  try {
    for await (const message of stream) {
      const [number, bytes] = [(message as Buffer)[0], (message as Buffer).subarray(1)];
      if (number === channel.status) {
        const known = toExecEnd(bytes.toString());
        end.resolve(known);
        if (known.message !== null) yield { stream: 'stderr', bytes: Buffer.from(`${known.message}\n`) };
        // Nothing comes after it, and not every server closes.
        return;
      }
      if (bytes.length > 0) yield { stream: number === channel.stderr ? 'stderr' : 'stdout', bytes };
    }
  } catch (error) {
    throw lost(error);
  } finally {
    end.reject(lost());
    socket.terminate();
  }
  throw lost();
}
