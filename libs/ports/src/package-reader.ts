import type { PackageList } from '@sconce/core';

/**
 * Looks into images for the packages that they hold, without running anything of them. An image is made by strangers: what is read of it is
 * bounded in bytes and time, and can only ever become text.
 */
export interface PackageReader {
  /**
   * Only kinds of packages that the image has; empty when it has none in any usual place. Null when the image is not there. What is too much
   * or cannot be understood is a gap in the list. Throws the signal's reason when it aborts; any other throw is worth another try.
   */
  read(digest: string, signal: AbortSignal): Promise<PackageList | null>;
}
