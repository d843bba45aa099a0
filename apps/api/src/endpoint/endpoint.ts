import { createParamDecorator, type ExecutionContext, RequestMapping, RequestMethod, Res } from '@nestjs/common';
import type { Endpoint as EndpointSpec } from '@sconce/contract';
import type { Answer, Call } from './call.ts';
import { stateOf } from './request-state.ts';

const specKey = 'sconce:endpoint';
const optionsKey = 'sconce:endpoint-options';

export interface EndpointOptions {
  /** The reply holds something that is shown once: for a repeated request it is kept sealed under the caller's own token. */
  readonly sealReply?: boolean;
  /** It does something before it writes that takes long, or must stay whatever becomes of it: the transaction begins with its first write. */
  readonly looksOutsideFirst?: boolean;
}

const CallParameter = createParamDecorator(
  (_: unknown, context: ExecutionContext) => stateOf(context.switchToHttp().getRequest()).call,
);

/** Binds a controller method to one line of the contract: route, permission and checks come from there. The method gets one argument, the call. */
export function Endpoint<E extends EndpointSpec>(spec: E, options: EndpointOptions = {}) {
  return <M extends (call: Call<E>) => Promise<Answer<E>>>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    Reflect.defineMetadata(specKey, spec, descriptor.value as object);
    Reflect.defineMetadata(optionsKey, options, descriptor.value as object);
    RequestMapping({ path: toNestPath(spec.path), method: RequestMethod[spec.method] })(target, key, descriptor);
    CallParameter()(target, key, 0);
    // With the response as a parameter Nest leaves sending to us: the interceptor sends.
    Res()(target, key, 1);
  };
}

export function endpointOf(handler: object): EndpointSpec | null {
  return (Reflect.getMetadata(specKey, handler) as EndpointSpec | undefined) ?? null;
}

export function optionsOf(handler: object): EndpointOptions {
  return (Reflect.getMetadata(optionsKey, handler) as EndpointOptions | undefined) ?? {};
}

function toNestPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** Throws when an endpoint of the contract has no handler or no permission, or a handler serves none: the server must not start then. */
export function checkHandlers(
  controllers: readonly (abstract new (...args: never[]) => object)[],
  contract: Readonly<Record<string, EndpointSpec>>,
): void {
  const served = new Set<EndpointSpec>();
  for (const controller of controllers) {
    for (const key of Object.getOwnPropertyNames(controller.prototype)) {
      if (key === 'constructor') continue;
      const spec = endpointOf((controller.prototype as Record<string, object>)[key] as object);
      if (spec) served.add(spec);
    }
  }
  const missing = Object.entries(contract)
    .filter(([, spec]) => !served.has(spec))
    .map(([name]) => name);
  const open = Object.entries(contract)
    .filter(([, spec]) => !spec.permission)
    .map(([name]) => name);
  if (missing.length > 0) throw new Error(`These endpoints have no handler: ${missing.join(', ')}`);
  if (open.length > 0) throw new Error(`These endpoints state no permission: ${open.join(', ')}`);
}
