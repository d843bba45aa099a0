import { Malformed } from '../http/malformed.ts';
import { parseResponseHead, type ResponseHead } from '../http/parse-response-head.ts';
import { findHeadEnd } from '../http/read-head.ts';
import type { Limits } from '../limits.ts';

/** Collects the heads of one answer: any number of interim ones up to a limit, then the final one. */
export class AnswerReader {
  private held: Buffer | null = null;
  private searchedTo = 0;
  private interims = 0;
  private readonly method: string;
  private readonly limits: Limits;

  constructor(method: string, limits: Limits) {
    this.method = method;
    this.limits = limits;
  }

  /** True once a byte of an answer arrived. */
  hasBegun = false;

  /** Returns the final head with the bytes after it, or null while more are needed. Throws Malformed. */
  read(
    bytes: Buffer,
    onInterim: (head: ResponseHead) => void,
  ): { head: ResponseHead; bytes: Buffer; at: number } | null {
    this.hasBegun = true;
    const all = this.held === null ? bytes : Buffer.concat([this.held, bytes]);
    let at = 0;
    for (;;) {
      const end = findHeadEnd(all, at, this.searchedTo);
      if ((end < 0 ? all.length : end) - at > this.limits.headBytes) {
        throw new Malformed('answer_malformed', `Its headers exceed ${this.limits.headBytes} bytes.`);
      }
      if (end < 0) return this.hold(all, at);
      const head = parseResponseHead(all.toString('latin1', at, end + 2), this.method, this.limits.headers);
      at = end + 4;
      if (head.status >= 200 || head.status === 101) return { head, bytes: all, at };
      this.interims += 1;
      if (this.interims > this.limits.interimAnswers)
        throw new Malformed('answer_malformed', 'It has too many interim answers.');
      onInterim(head);
      this.searchedTo = at;
    }
  }

  private hold(all: Buffer, at: number): null {
    // A copy: the bytes are only lent.
    this.held = Buffer.from(all.subarray(at));
    this.searchedTo = this.held.length;
    return null;
  }
}
