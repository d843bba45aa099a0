const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `now`, `40 s ago`, `5 min ago`, `3 h ago`, `2 d ago`, then the date. A clock that is a little off makes nothing lie in the future. */
export function ago(atMs: number, nowMs: number): string {
  const past = nowMs - atMs;
  if (past < 5_000) return 'now';
  if (past < 59_500) return `${Math.round(past / 1_000)} s ago`;
  if (past < 59.5 * minute) return `${Math.round(past / minute)} min ago`;
  if (past < 23.5 * hour) return `${Math.round(past / hour)} h ago`;
  if (past < 30 * day) return `${Math.max(1, Math.round(past / day))} d ago`;
  return new Date(atMs).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

/** When what `ago` says changes next, in milliseconds from now. */
export function agoChangesInMs(atMs: number, nowMs: number): number {
  const past = nowMs - atMs;
  if (past < minute) return 1_000;
  return past < hour ? 15_000 : 5 * minute;
}

/** `14:03`; with the day before it when that was not today. In the viewer's zone. */
export function clock(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  const sameYear = at.getFullYear() === new Date(nowMs).getFullYear();
  const date = at.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
  return `${date}, ${time}`;
}

/** `24 Nov 2026, 14:03:07.123 GMT+1`: to the millisecond, with its zone. */
export function exactly(atMs: number): string {
  return new Date(atMs).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'short',
  });
}

/** `14:03:07.123`, for lines of a log. */
export function clockOfLine(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
