/**
 * JSON Merge Patch (RFC 7396): absent leaves, null clears, objects merge, everything else replaces. `gpu` is replaced whole: a product from
 * before with a new count would be a GPU that nobody asked for. Parts that become empty go.
 */
export function mergePatch(target: object, patch: object): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__' || value === undefined) continue;
    const next = isObject(value) && key !== 'gpu' ? mergePatch(isObject(merged[key]) ? merged[key] : {}, value) : value;
    if (next === null || (isObject(next) && Object.keys(next).length === 0)) delete merged[key];
    else merged[key] = next;
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
