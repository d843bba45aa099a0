export * from './deps.ts';
export * from './rejection.ts';
