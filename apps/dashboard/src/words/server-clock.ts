/** What the server's clock is ahead of this browser's, as far as its answers have told. */
let aheadMs = 0;

/** An answer's Date has whole seconds and travels a while: less than this says nothing of the clocks. */
const unsureMs = 2_000;

/** Takes the `Date` of an answer that came at `atMs` by this browser's clock. */
export function heardServerTime(date: string | null, atMs: number): void {
  const serverMs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(serverMs)) return;
  // In the middle of the second that the server meant.
  const ahead = serverMs + 500 - atMs;
  if (Math.abs(ahead - aheadMs) <= unsureMs) return;
  aheadMs = Math.abs(ahead) <= unsureMs ? 0 : ahead;
}

/** The time as the server has it: what happened there is so many minutes ago, whatever the clock of this machine says. */
export const serverNow = (): number => Date.now() + aheadMs;
