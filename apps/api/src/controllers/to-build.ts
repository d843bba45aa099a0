import type { BuildView } from '@sconce/db';
import { hintFor } from './hints.ts';

/** Phases in the database are text; the reply's schema holds them to the closed set. */
export function toBuild(view: BuildView) {
  return { ...view, phase: view.phase as 'queued', hint: view.hint ?? hintFor(view.reason) };
}
