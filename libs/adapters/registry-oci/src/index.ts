export { createOciImagePublisher } from './create-oci-image-publisher.ts';
export {
  createOciImageRegistry,
  type OciImageRegistry,
  type OciImageRegistryOptions,
} from './create-oci-image-registry.ts';
export { createOciPackageReader, type OciPackageReaderOptions } from './packages/oci-package-reader.ts';
export { RegistryUnavailable } from './registry-unavailable.ts';
