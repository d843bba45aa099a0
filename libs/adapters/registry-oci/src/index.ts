export { createOciImageRegistry, type OciImageRegistryOptions } from './create-oci-image-registry.ts';
export { RegistryUnavailable } from './registry-unavailable.ts';
