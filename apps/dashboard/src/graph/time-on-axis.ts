import { twoDigits } from '../words/digits.ts';
import { dayOf } from '../words/moment.ts';

/** `14:03`, or the day where the marks of an axis are days apart or the day begins. In the viewer's zone. */
export function timeOnAxis(atMs: number, stepSeconds: number): string {
  const at = new Date(atMs);
  const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
  if (stepSeconds >= 86_400 || isMidnight) return dayOf(at);
  const parts = [at.getHours(), at.getMinutes(), ...(stepSeconds < 60 ? [at.getSeconds()] : [])];
  return parts.map(twoDigits).join(':');
}
