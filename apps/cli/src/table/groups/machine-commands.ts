import { type CommandSpec, listing, loads } from '../command-spec.ts';
import { since, step, until } from '../shared-options.ts';

const upDown = () => import('../../commands/machine/up-down.ts');

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
