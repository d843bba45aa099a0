import { connect, type Socket } from 'node:net';
import { ReadBuffer } from '../socket/read-buffer.ts';
import type { ReplicaState } from './replica-state.ts';

/** Whoever has the connection now. */
export interface UpstreamUser {
  onUpstreamConnected(): void;
  /** The bytes are valid during the call. Returns true when something still refers to them after it. */
  onUpstreamData(bytes: Buffer): boolean;
  onUpstreamDrain(): void;
  /** The replica will send no more. */
  onUpstreamEnd(): void;
  /** The connection is gone, whatever was said before. */
  onUpstreamGone(error: Error | null): void;
}

/** One connection to a replica: used by one exchange at a time, idle in its replica's pool between them. */
export class UpstreamConnection {
  readonly replica: ReplicaState;
  readonly host: string;
  readonly port: number;
  readonly socket: Socket;
  user: UpstreamUser | null;
  /** It has carried a request before, so the replica may close it at any moment. */
  isReused = false;
  isConnected = false;
  idleSinceMs = 0;
  maxIdleMs = Number.POSITIVE_INFINITY;
  private error: Error | null = null;
  private readonly memory = new ReadBuffer();

  constructor(replica: ReplicaState, user: UpstreamUser) {
    this.replica = replica;
    this.host = replica.host;
    this.port = replica.port;
    this.user = user;
    this.socket = connect({
      host: replica.host,
      port: replica.port,
      noDelay: true,
      allowHalfOpen: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      onread: {
        buffer: () => this.memory.current,
        callback: (length, bytes) => this.onBytes((bytes as Buffer).subarray(0, length)),
      },
    });
    this.listen();
  }

  /** Hands the connection back after a complete exchange. */
  release(nowMs: number): void {
    this.user = null;
    this.isReused = true;
    if (this.socket.isPaused()) this.socket.resume();
    this.replica.keepIdle(this, nowMs);
  }

  destroy(): void {
    this.user = null;
    this.replica.dropIdle(this);
    this.socket.destroy();
  }

  private onBytes(bytes: Buffer): boolean {
    // Nobody asked: whatever this is, it must not become the beginning of the next answer.
    if (this.user === null) this.destroy();
    else this.memory.afterRead(bytes.length, this.user.onUpstreamData(bytes));
    return true;
  }

  private listen(): void {
    const { socket } = this;
    socket.on('connect', () => {
      this.isConnected = true;
      this.user?.onUpstreamConnected();
    });
    socket.on('drain', () => this.user?.onUpstreamDrain());
    socket.on('end', () => {
      if (this.user === null) this.destroy();
      else this.user.onUpstreamEnd();
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => {
      const { user } = this;
      this.user = null;
      this.replica.dropIdle(this);
      this.memory.release();
      user?.onUpstreamGone(this.error);
    });
  }
}
