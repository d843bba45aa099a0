/** `seconds.nanoseconds`, as Docker's `since` takes it. */
export function toSince(timestamp: string): string {
  const seconds = Math.floor(Date.parse(timestamp) / 1000);
  return `${seconds}.${timestamp.slice(20, 29)}`;
}
