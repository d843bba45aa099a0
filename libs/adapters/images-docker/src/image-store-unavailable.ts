/** The engine did not answer, or not as it should: worth another try. */
export class ImageStoreUnavailable extends Error {
  override readonly name = 'ImageStoreUnavailable';
}

/** Whatever goes wrong with the engine as `ImageStoreUnavailable`, with what was attempted. */
export async function asking<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new ImageStoreUnavailable(`could not ${what}: ${(cause as Error).message}`, { cause });
  }
}
