import { isSlug } from '@sconce/core';
import { ApiError } from '../endpoint/api-error.ts';

/** The last part of a PUT's reference: the slug of what is to be made. */
export function slugFromPath(reference: string): string {
  const slug = reference.slice(reference.lastIndexOf('/') + 1);
  if (isSlug(slug)) return slug;
  const message = 'Lower-case letters, digits and inner dashes, at most 40 characters';
  throw new ApiError('invalid', 'The path does not end with a slug', {
    errors: [{ path: 'slug', code: 'invalid', message }],
  });
}
