import { findPlace, type Noun, type Tx } from '@sconce/db';
import { Rejection } from '../rejection.ts';

/**
 * Id of what a field of a body names, when it is in this project; one of another project looks like one that is not there. A short slug
 * is taken too: `production` for `vision/production`.
 */
export async function referenceInProject(
  tx: Tx,
  noun: Noun & ('environment' | 'repository'),
  reference: string,
  project: { readonly id: string; readonly slug: string },
): Promise<string> {
  const full = reference.includes('/') || reference.includes('_') ? reference : `${project.slug}/${reference}`;
  const place = await findPlace(tx, noun, full);
  if (place?.projectId === project.id) return place.id;
  const message = `The project ${project.slug} has no ${noun} of that name`;
  throw new Rejection('invalid', message, { errors: [{ path: noun, code: 'not_found', message }] });
}
