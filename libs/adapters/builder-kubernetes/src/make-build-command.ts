import { cacheScopeArgument } from '@sconce/buildkit';
import type { BuildRequest } from '@sconce/ports';
import { exitCode, place } from './build-script.ts';

export interface ImagePlace {
  /** As builds reach it: `registry.example:5000/team/sconce-home:bld_01h`. */
  readonly image: string;
  readonly cache: string;
  /** Something is there to be read. */
  readonly cacheIsThere: boolean;
  /** The registry speaks plain HTTP. */
  readonly isPlainHttp: boolean;
}

export const buildkitConfig = 'buildkitd.toml';
const socket = `unix://${place.work}/run/buildkitd.sock`;
const metadata = `${place.work}/metadata.json`;

/** What `sh` runs in the container (with `USER`, by which BuildKit knows that it is not root): BuildKit, one build, and what came of it in the container's last message: digest and kind of machine. */
export function makeBuildCommand(request: BuildRequest, images: ImagePlace, home: string): string {
  const buildctl = `buildctl --addr ${socket}`;
  const words = makeBuildctlArguments(request, images, home).map(quote).join(' \\\n  ');
  return `export USER=build HOME=${place.work}/home XDG_RUNTIME_DIR=${place.work}/run DOCKER_CONFIG=${place.input}/docker
mkdir -p "$HOME"
[ "$(id -u)" = 0 ] || rootless=rootlesskit
\${rootless:-} buildkitd --oci-worker-no-process-sandbox --root ${place.work}/state --addr ${socket} \\
  --config ${place.input}/${buildkitConfig} >${place.work}/buildkitd.log 2>&1 &
daemon=$!
until ${buildctl} debug workers >/dev/null 2>&1; do
  kill -0 $daemon 2>/dev/null || { echo 'BuildKit did not start:'; tail -n 20 ${place.work}/buildkitd.log; exit ${exitCode.noBuildKit}; }
  sleep 0.1
done
${buildctl} ${words} || exit 1
digest=$(tr -d ' \\n' < ${metadata} | sed -n 's/.*"containerimage.digest":"\\(sha256:[0-9a-f]*\\)".*/\\1/p')
printf '%s %s' "$digest" "$(uname -m)" > /dev/termination-log
`;
}

function makeBuildctlArguments(request: BuildRequest, images: ImagePlace, home: string): readonly string[] {
  const labels = { ...request.labels, 'sconce.build': request.build, 'sconce.home': home };
  const plain = images.isPlainHttp ? ',registry.insecure=true' : '';
  const cache = `type=registry,ref=${images.cache}${plain}`;
  return [
    'build',
    '--progress=plain',
    '--frontend=dockerfile.v0',
    `--local=context=${place.work}/context`,
    `--local=dockerfile=${place.input}/dockerfile`,
    '--opt=filename=Dockerfile',
    ...(request.noCache ? ['--no-cache'] : []),
    ...Object.entries(labels).map(([name, value]) => `--opt=label:${name}=${value}`),
    ...Object.entries(request.args).map(([name, value]) => `--opt=build-arg:${name}=${value}`),
    `--opt=build-arg:${cacheScopeArgument}=${request.cacheScope}`,
    ...request.secrets.map(({ name }, index) => `--secret=id=${name},src=${place.input}/secrets/${index}`),
    `--output=type=image,name=${images.image},push=true${plain}`,
    ...(images.cacheIsThere ? [`--import-cache=${cache}`] : []),
    // A build is not lost for a cache that could not be kept.
    `--export-cache=${cache},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`,
    `--metadata-file=${metadata}`,
  ];
}

/** For a POSIX shell: nothing in it means anything. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
