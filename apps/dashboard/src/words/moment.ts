import { twoDigits } from './digits.ts';

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
  return dateOf(new Date(atMs));
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
  const time = `${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  const sameYear = at.getFullYear() === new Date(nowMs).getFullYear();
  return `${sameYear ? dayOf(at) : dateOf(at)}, ${time}`;
}

/** `24 Nov 2026, 14:03:07.123 UTC+1`: to the millisecond, with its zone. */
export function exactly(atMs: number): string {
  const at = new Date(atMs);
  return `${dateOf(at)}, ${clockOfLine(atMs)} ${zoneOf(at)}`;
}

/** `14:03:07.123`, for lines of a log. */
export function clockOfLine(atMs: number): string {
  const at = new Date(atMs);
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':');
  return `${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `24 Nov`. */
export const dayOf = (at: Date): string => `${at.getDate()} ${months[at.getMonth()]}`;

/** `24 Nov 2026`. */
const dateOf = (at: Date): string => `${dayOf(at)} ${at.getFullYear()}`;

/** `UTC`, `UTC+1`, `UTC-3:30`. */
function zoneOf(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  const rest = size % 60 === 0 ? '' : `:${twoDigits(size % 60)}`;
  return `UTC${minutes < 0 ? '-' : '+'}${Math.floor(size / 60)}${rest}`;
}
