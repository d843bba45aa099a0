/** JSON of strangers, looked into without trusting its shape. */
export type Json = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const asObject = (value: unknown): Json => (isObject(value) ? value : {});
export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `#/components/schemas/Item`: inside the document and nowhere else, a few steps at most. */
export function resolve(root: Json, given: unknown): unknown {
  let at = given;
  for (let step = 0; step < 5 && isObject(at) && typeof at.$ref === 'string'; step += 1) {
    const path = at.$ref.startsWith('#/') ? at.$ref.slice(2).split('/') : [];
    at = path.reduce<unknown>(
      (here, part) => {
        const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
        return isObject(here) && Object.hasOwn(here, name) ? here[name] : undefined;
      },
      path.length > 0 ? root : undefined,
    );
  }
  return at;
}
