import { KubeConfig } from '@kubernetes/client-node';
import type { ClusterAccess } from '@sconce/core';

/** Made field by field from what is data alone: nothing in it can start a program or read a file. */
export function toKubeConfig(name: string, access: ClusterAccess): KubeConfig {
  const { server, certificateAuthority, tlsServerName, token, clientCertificate, clientKey } = access;
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      {
        name,
        server,
        skipTLSVerify: false,
        ...(certificateAuthority === null ? {} : { caData: certificateAuthority }),
        ...(tlsServerName === null ? {} : { tlsServerName }),
      },
    ],
    users: [
      {
        name,
        ...(token === null ? {} : { token }),
        ...(clientCertificate === null ? {} : { certData: clientCertificate }),
        ...(clientKey === null ? {} : { keyData: clientKey }),
      },
    ],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  return config;
}
