const smallBytes = 16 * 1024;
const largeBytes = 64 * 1024;
const maxSpare = 64;
const spare: Buffer[] = [];

/**
 * The memory one socket is read into, again and again. Left to itself Node allocates 64 KiB for every read, outside the heap, and under
 * uploads the collector runs for that alone. Small while little comes, large once a read filled it.
 */
export class ReadBuffer {
  current: Buffer = Buffer.allocUnsafeSlow(smallBytes);

  /** Decides what the next read goes into. `isKept`: something still refers to what was read. */
  afterRead(length: number, isKept: boolean): void {
    const wasFilled = length === this.current.length;
    if (wasFilled && this.current.length === smallBytes)
      this.current = spare.pop() ?? Buffer.allocUnsafeSlow(largeBytes);
    else if (isKept) this.current = Buffer.allocUnsafeSlow(this.current.length);
  }

  /** The socket is closed: nothing reads into it any more, and `afterRead` replaced what is still referred to. */
  release(): void {
    if (this.current.length === largeBytes && spare.length < maxSpare) spare.push(this.current);
  }
}
