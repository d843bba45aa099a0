/** `14:03`, or the day where the marks of an axis are days apart or the day begins. In the viewer's zone. */
export function timeOnAxis(atMs: number, stepSeconds: number): string {
  const at = new Date(atMs);
  const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
  if (stepSeconds >= 86_400 || isMidnight) return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const seconds = stepSeconds < 60 ? { second: '2-digit' as const } : {};
  return at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...seconds });
}
