export * from './message-catalogue.ts';
export * from './open-queue.ts';
export * from './queue.ts';
