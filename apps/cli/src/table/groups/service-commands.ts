import { type CommandSpec, listing, loads, type OptionSpec } from '../command-spec.ts';
import {
  deploy,
  dryRun,
  environment,
  limit,
  onlyProject,
  project,
  repository,
  service,
  serviceArgument,
  yes,
} from '../shared-options.ts';

const services = () => import('../../commands/service/services.ts');
const change = () => import('../../commands/service/change-service.ts');

/** Words as in sconce.yaml. `default` takes a setting back, so that the file’s shows again. */
const settings: readonly OptionSpec[] = [
  { flags: '--gpu <gpu>', about: 'L4, H100:2, 24GB, any, none' },
  { flags: '--cpu <cores>', about: '1, 0.5, 250m, none' },
  { flags: '--memory <size>', about: '512Mi, 2Gi, none' },
  { flags: '--port <port>', about: 'what the process listens on' },
  { flags: '--probe <path>', about: '/healthz; with `none`, an accepted connection will do' },
  { flags: '--startup-timeout <time>', about: 'how long it may take to become ready: 5m' },
  { flags: '--probe-period <time>', about: 'between two probes: 2s' },
  { flags: '--probe-timeout <time>', about: 'for one probe: 2s' },
  { flags: '--probe-failures <count>', about: 'in a row, until it gets no more requests' },
  { flags: '--replicas <count>', about: '2, or 1-4; 2- and -4 leave the other end as it is' },
  { flags: '--concurrency <count>', about: 'requests one replica handles at once' },
  { flags: '--idle <time>', about: 'without a request before it scales down: 10m' },
  { flags: '--drain-timeout <time>', about: 'the longest request: 30s' },
  { flags: '--watch-for <time>', about: 'failing this soon after going live takes a release back: 1m' },
  { flags: '--command <json>', about: 'replaces the image’s: ["python3", "serve.py"]; none' },
  { flags: '--volume <name:path[:size]>', about: 'cache:/models:20Gi; all of them, once each', several: true },
  { flags: '--sidecar <name=image>', about: 'cache=redis:7, or JSON with more; all of them, once each', several: true },
  { flags: '--dockerfile <path>', about: 'inside the repository' },
  { flags: '--context <path>', about: 'of the build, inside the repository' },
  { flags: '--watch <glob>', about: 'a push that touches none of these builds nothing', several: true },
  { flags: '--build-arg <NAME=value>', about: 'all of them, once each', several: true },
  { flags: '--build-secret <name>', about: 'mounted while building', several: true },
];
const source: readonly OptionSpec[] = [
  { flags: '--name <name>', about: 'what people read' },
  { ...repository, about: 'what it is built from: project/repository, or its slug; none' },
];

export const serviceCommands: readonly CommandSpec[] = [
  listing(
    'services',
    'services: list, make, change, delete',
    {
      about: 'list them',
      options: [onlyProject, environment, repository, limit],
      examples: [
        ['sconce services', 'all that you may see'],
        ['sconce services --environment vision/production --quiet', 'only their names'],
      ],
      load: loads(async () => (await services()).listServices),
    },
    [
      {
        name: 'show',
        about: 'the settings of one, and which of them people set',
        arguments: [serviceArgument],
        options: [service],
        examples: [['sconce services show resnet50', 'settings as they apply']],
        load: loads(async () => (await services()).showService),
      },
      {
        name: 'create',
        about: 'make one; `sconce deploy` does it by itself',
        arguments: [{ name: '<name>', about: 'a slug, or project/environment/service' }],
        options: [environment, project, ...source, ...settings, dryRun],
        examples: [
          ['sconce services create web --environment vision/production --repository web', 'built from that repository'],
          ['sconce services create vision/staging/resnet50 --gpu L4 --probe /healthz', 'with settings'],
        ],
        load: loads(async () => (await change()).createService),
      },
      {
        name: 'set',
        about: 'change settings; --deploy makes a release with them at once',
        details: [
          'Lies above the repository’s sconce.yaml, key by key. `default` takes a setting back, so that the file’s shows again; `none` sets what may be absent to nothing, whatever the file says.',
        ],
        arguments: [serviceArgument],
        options: [
          service,
          ...source,
          ...settings,
          deploy,
          { flags: '-f, --follow', about: 'the same, and wait until it is live' },
          dryRun,
        ],
        examples: [
          ['sconce services set --gpu H100:2 --deploy', 'give the service of this repository two GPUs, now'],
          ['sconce services set --gpu H100 --follow', 'the same, and say when it is live, or why not'],
          ['sconce services set resnet50 --replicas 2 --memory 4Gi', 'with the next release'],
          ['sconce services set resnet50 --gpu default', 'as sconce.yaml says, again'],
        ],
        load: loads(async () => (await change()).updateService),
      },
      {
        name: 'replicas',
        about: 'running instances, and why one is not ready',
        arguments: [serviceArgument],
        options: [service, limit],
        examples: [['sconce services replicas resnet50', 'health, node, GPUs']],
        load: loads(async () => (await services()).listReplicas),
      },
      {
        name: 'delete',
        about: 'stop and remove one; its volumes stay with the environment',
        arguments: [{ ...serviceArgument, name: '<service>' }],
        options: [yes, dryRun],
        examples: [
          ['sconce services delete vision/staging/resnet50', 'says what goes, and asks for the name'],
          ['sconce services delete vision/staging/resnet50 --yes', 'for scripts'],
        ],
        load: loads(async () => (await services()).deleteService),
      },
    ],
  ),
];
