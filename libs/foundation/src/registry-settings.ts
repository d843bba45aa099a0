import { z } from 'zod';
import { ConfigInvalid } from './config.ts';

/** The image registry between builds and nodes, as a process is told of it. */
export const registrySettings = {
  /** Where nodes pull images from, and this process reads them: `registry.example:5000`, or a path in it. */
  SCONCE_REGISTRY: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9][a-z0-9._-]*)*$/,
      'must be a host, with a port or a path: registry.example:5000/team',
    )
    .optional(),
  /** The same registry as pods reach it, where they know it by another name; `http://` before it for one without TLS. */
  SCONCE_BUILD_REGISTRY: z
    .string()
    .regex(
      /^(https?:\/\/)?[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9][a-z0-9._-]*)*$/,
      'must be a host, with a port or a path, and http:// before it where it has no TLS',
    )
    .optional(),
  SCONCE_REGISTRY_USERNAME: z.string().min(1).optional(),
  SCONCE_REGISTRY_PASSWORD: z.string().min(1).optional(),
};

export interface RegistrySettings {
  /** As nodes reach it. */
  readonly registry: string;
  /** As pods do. */
  readonly registryForPods: string;
  readonly credentials: { readonly username: string; readonly password: string } | null;
}

/** `why` it is needed, in words. Throws `ConfigInvalid` where it is not given, or only half of its credentials. */
export function toRegistrySettings(
  read: {
    readonly SCONCE_REGISTRY?: string | undefined;
    readonly SCONCE_BUILD_REGISTRY?: string | undefined;
    readonly SCONCE_REGISTRY_USERNAME?: string | undefined;
    readonly SCONCE_REGISTRY_PASSWORD?: string | undefined;
  },
  why: string,
): RegistrySettings {
  const { SCONCE_REGISTRY: registry, SCONCE_REGISTRY_USERNAME: username, SCONCE_REGISTRY_PASSWORD: password } = read;
  if (registry === undefined) throw new ConfigInvalid(`SCONCE_REGISTRY: ${why}`);
  if ((username === undefined) !== (password === undefined))
    throw new ConfigInvalid('SCONCE_REGISTRY_USERNAME, SCONCE_REGISTRY_PASSWORD: set both, or neither');
  return {
    registry,
    registryForPods: read.SCONCE_BUILD_REGISTRY ?? registry,
    credentials: username === undefined || password === undefined ? null : { username, password },
  };
}
