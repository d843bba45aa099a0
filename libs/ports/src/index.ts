export * from './builder.ts';
export * from './clock.ts';
export * from './image-registry.ts';
export * from './package-reader.ts';
export * from './passkey-verifier.ts';
export * from './runtime.ts';
export * from './secret-store.ts';
export * from './source-host.ts';
