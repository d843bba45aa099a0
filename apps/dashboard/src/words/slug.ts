const shape = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** Why a name cannot be a slug; null: it can. */
export const mistakeInSlug = (text: string): string | null =>
  shape.test(text) ? null : 'Lower-case letters, digits and inner dashes, at most 40.';
