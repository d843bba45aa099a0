import { type DynamicModule, Module } from '@nestjs/common';
import { type ApiContext, CONTEXT } from './context.ts';
import { controllers } from './controllers/index.ts';

/** Nest's view of the API: controllers, and the one context that they share. */
@Module({})
class AppModule {}

export function makeAppModule(context: ApiContext): DynamicModule {
  return { module: AppModule, controllers: [...controllers], providers: [{ provide: CONTEXT, useValue: context }] };
}
