import { ensureGoProgram } from './go-program.mjs';

const helmVersion = 'v3.22.0';
/** What charts are told where no cluster is asked. */
const kubernetesMinor = '34';
const flags = [
  `-X helm.sh/helm/v3/internal/version.version=${helmVersion}`,
  ...['chartutil', 'lint/rules'].flatMap((place) => [
    `-X helm.sh/helm/v3/pkg/${place}.k8sVersionMajor=1`,
    `-X helm.sh/helm/v3/pkg/${place}.k8sVersionMinor=${kubernetesMinor}`,
  ]),
];

/** The real helm, built from its module where it is not there. @param {{ doing: (note: string) => void }} progress @returns {Promise<string>} its path */
export const ensureHelm = (progress) =>
  ensureGoProgram(
    'helm',
    { linkerFlags: flags.join(' '), minutes: '1 to 7 minutes', main: 'helm.sh/helm/v3/cmd/helm' },
    progress,
  );
