/**
 * How a cluster's API server is reached: what a kubeconfig says of it, without anything that names a file or a program of the machine that reads it.
 * Certificates and keys are PEM in base64, as kubeconfigs have them.
 */
export interface ClusterAccess {
  /** `https://host:port` */
  readonly server: string;
  /** Null: one that the machine trusts anyway. */
  readonly certificateAuthority: string | null;
  /** The name that its certificate is checked for, where it is not the server's own. */
  readonly tlsServerName: string | null;
  readonly token: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** The cluster that environments are in unless they name another: where the scheduler itself was told to run replicas. */
export const ownCluster = 'local';
