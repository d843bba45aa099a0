/** Keeps the last bytes of a stream, so that an error can quote them whatever came before. */
export class TailBuffer {
  readonly #limitBytes: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    while (this.#chunks.length > 1 && this.#bytes - (this.#chunks[0]?.byteLength ?? 0) >= this.#limitBytes) {
      this.#bytes -= this.#chunks.shift()?.byteLength ?? 0;
    }
  }

  /** Whole lines as far as the limit allows. */
  text(): string {
    const all = Buffer.concat(this.#chunks);
    if (all.byteLength <= this.#limitBytes) return all.toString('utf8');
    const cut = all.subarray(all.byteLength - this.#limitBytes).toString('utf8');
    return cut.slice(cut.indexOf('\n') + 1);
  }
}
