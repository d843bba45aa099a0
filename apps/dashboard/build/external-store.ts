/** What libraries take for React versions that had no such hook: here it is there. */
export { useSyncExternalStore } from 'preact/compat';
