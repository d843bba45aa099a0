/** The registry did not answer, refused the credentials, or answered what no registry answers. Worth another try later. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
}
