import { type CommandSpec, listing, loads } from '../command-spec.ts';
import { dryRun, limit, since, step, until, yes } from '../shared-options.ts';

const upDown = () => import('../../commands/machine/up-down.ts');

const clusters = () => import('../../commands/machine/clusters.ts');

const clusterArgument = { name: '<cluster>', about: 'its name', completes: 'cluster' } as const;
const credentialOptions = [
  { flags: '--context <context>', about: 'of your kubeconfig; default: its current one' },
  { flags: '--kubeconfig <file>', about: 'default: KUBECONFIG, or ~/.kube/config', completes: 'file' },
  { flags: '--as-is', about: 'use the credentials of the kubeconfig as they are, and make no account' },
  { flags: '--no-usage', about: 'an account without `nodes/proxy`: what is used is not measured then' },
] as const;
const settingOptions = [
  { flags: '--registry <registry>', about: 'where its nodes pull images from: registry.example:5000' },
  { flags: '--registry-username <name>', about: 'for pushing there; the password is read from standard input' },
  {
    flags: '--pod-security <level>',
    about: 'what its pods may be (default: restricted)',
    choices: ['restricted', 'baseline'],
  },
  { flags: '--gateway-cidr <cidr>', about: 'where gateways reach replicas from, if not from the nodes', several: true },
] as const;

const clusterCommands: CommandSpec = {
  ...listing(
    'clusters',
    'the Kubernetes clusters that environments can be on',
    {
      about: 'list them, and whether each answers',
      options: [limit],
      examples: [['sconce clusters', 'with nodes and GPUs of each']],
      load: loads(async () => (await clusters()).listClusters),
    },
    [
      {
        name: 'add',
        about: 'add a Kubernetes, through a service account with the least rights that it makes there',
        arguments: [{ name: '<cluster>', about: 'what it will be called' }],
        options: [...settingOptions, ...credentialOptions],
        examples: [
          [
            'sconce clusters add lab --registry registry.example:5000',
            'the one of your current context, by your kubectl',
          ],
          ['sconce clusters add lab --registry registry.example:5000 --as-is', 'with the kubeconfig’s own credentials'],
        ],
        load: loads(async () => (await clusters()).addCluster),
      },
      {
        name: 'set',
        about: 'give one new credentials, or change where its images are',
        arguments: [clusterArgument],
        options: [
          { flags: '--renew', about: 'make the account anew and use its token' },
          ...settingOptions,
          ...credentialOptions,
        ],
        examples: [['sconce clusters set lab --renew', 'after a token was revoked, or Sconce was updated']],
        load: loads(async () => (await clusters()).setCluster),
      },
      {
        name: 'remove',
        about: 'forget one, once no environment stands on it',
        arguments: [clusterArgument],
        options: [yes, dryRun],
        examples: [['sconce clusters remove lab', 'the cluster itself is not touched']],
        load: loads(async () => (await clusters()).removeCluster),
      },
    ],
  ),
  alias: 'cluster',
};

export const machineCommands: readonly CommandSpec[] = [
  {
    name: 'up',
    about: 'start Sconce on this machine, installing what is missing',
    isLocal: true,
    options: [{ flags: '--no-example', about: 'do not deploy the example' }],
    examples: [
      ['sconce up', 'from a bare checkout to a running service; typed again, it starts what does not run'],
      ['sconce up --no-example', 'with nothing deployed to it'],
    ],
    load: loads(async () => (await upDown()).up),
  },
  {
    name: 'down',
    about: 'stop what `up` started, and nothing else',
    isLocal: true,
    options: [{ flags: '--data', about: 'also remove all data of this installation, after asking' }],
    examples: [['sconce down', 'all data stays: `sconce up` brings everything back']],
    load: loads(async () => (await upDown()).down),
  },
  listing(
    'pools',
    'the machines that replicas run on: size, what is free, what was used',
    {
      about: 'list them: size, what is free, GPUs by product and who holds them',
      examples: [['sconce pools', 'GPUs by product, with who holds each']],
      load: loads(async () => (await import('../../commands/machine/pools.ts')).pools),
    },
    [
      {
        name: 'show',
        about: 'what was used of one over time: processors, memory, disk, GPUs',
        arguments: [
          { name: '[pool]', about: 'cluster/pool, its name, or a cluster for all of its pools', completes: 'pool' },
        ],
        options: [since, until, step],
        examples: [
          ['sconce pools show', 'the last hour, of the only cluster there is'],
          ['sconce pools show local/host-1 --since 24h', 'whether there is room by night'],
        ],
        load: loads(async () => (await import('../../commands/machine/show-pool.ts')).showPool),
      },
    ],
  ),
  clusterCommands,
  {
    name: 'completion',
    about: 'a script that lets your shell complete commands, options and names',
    arguments: [{ name: '<shell>', choices: ['bash', 'zsh', 'fish'] }],
    examples: [
      ['source <(sconce completion bash)', 'in ~/.bashrc'],
      ['source <(sconce completion zsh)', 'in ~/.zshrc, after compinit'],
      ['sconce completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
    load: loads(async () => (await import('../../commands/machine/completion.ts')).completion),
  },
  {
    name: 'complete',
    about: 'what could follow; for the scripts of `completion`',
    arguments: [{ name: '[words...]' }],
    hidden: true,
    load: loads(async () => (await import('../../commands/machine/complete.ts')).complete),
  },
];
