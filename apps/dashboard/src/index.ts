/** What can be asked of the pages without a browser: how each of their acts is said for a terminal. */
export type { Action } from './words/actions/action.ts';
export * as exampleActions from './words/actions/example-actions.ts';
export * as peopleActions from './words/actions/people-actions.ts';
export * as placeActions from './words/actions/place-actions.ts';
export * as readActions from './words/actions/read-actions.ts';
export * as releaseActions from './words/actions/release-actions.ts';
export * as serviceActions from './words/actions/service-actions.ts';
export * as sourceActions from './words/actions/source-actions.ts';
export * as tokenActions from './words/actions/token-actions.ts';
export * as valueActions from './words/actions/value-actions.ts';
export type { ApiCall } from './words/as-command.ts';
