/**
 * A kubeconfig for one client certificate, all of it inside: the file can be copied elsewhere. JSON is YAML, too.
 * @param {{ server: string, ca: string, certificate: string, key: string }} access `server` an address, the others in PEM
 */
export function makeKubeconfig({ server, ca, certificate, key }) {
  const base64 = (text) => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      { name: 'local', user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } },
    ],
    contexts: [{ name: 'local', context: { cluster: 'local', user: 'local' } }],
    'current-context': 'local',
  };
}
