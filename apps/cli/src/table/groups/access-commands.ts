import { type CommandSpec, listing, loads } from '../command-spec.ts';
import { environment, limit, project, yes } from '../shared-options.ts';

const login = () => import('../../commands/access/login.ts');
const sessions = () => import('../../commands/access/sessions.ts');
const tokens = () => import('../../commands/access/tokens.ts');
const members = () => import('../../commands/access/members.ts');
const users = () => import('../../commands/access/users.ts');

const roles = ['viewer', 'developer', 'admin'];
const tokenArgument = { name: '<token>', about: 'its id, or its name' };
const emailArgument = { name: '<email>' };
const projectOfTokens = {
  flags: '-p, --project <project>',
  about: 'those of a project that you administer',
  completes: 'project',
} as const;

const tokenCommands = listing(
  'tokens',
  'what programs and git sign in with',
  {
    about: 'list yours, or those of a project',
    options: [projectOfTokens, { flags: '--revoked', about: 'also those that no longer work' }, limit],
    examples: [['sconce tokens', 'with what each may do, and when it was used last']],
    load: loads(async () => (await tokens()).listTokens),
  },
  [
    {
      name: 'show',
      about: 'one of them',
      arguments: [tokenArgument],
      options: [projectOfTokens],
      examples: [['sconce tokens show laptop', 'never the token itself']],
      load: loads(async () => (await tokens()).showToken),
    },
    {
      name: 'create',
      about: 'make one; it is written to standard output, this once',
      arguments: [{ name: '<name>', about: 'what it is for' }],
      options: [
        {
          flags: '--kind <kind>',
          about: 'what it is for (default: personal; with --environment: deploy)',
          choices: ['personal', 'service', 'deploy'],
        },
        {
          flags: '--scope <scope>',
          about: 'what it may do (default: deploy); each holds those before it',
          choices: ['read', 'deploy', 'write', 'exec', 'admin', 'instance'],
          several: true,
        },
        { ...project, about: 'what a token of kind service belongs to; a personal one works there alone' },
        environment,
        { flags: '--expires <days>', about: '90 (default), or `never`' },
      ],
      examples: [
        ['sconce tokens create laptop --scope write', 'your own'],
        ['sconce tokens create ci --environment vision/production > token', 'may deploy there and nothing else'],
      ],
      load: loads(async () => (await tokens()).createToken),
    },
    {
      name: 'revoke',
      about: 'let one work no longer',
      arguments: [tokenArgument],
      options: [projectOfTokens, yes],
      examples: [['sconce tokens revoke laptop --yes', 'the next request with it is refused']],
      load: loads(async () => (await tokens()).revokeToken),
    },
  ],
);

const memberCommands = listing(
  'members',
  'who may do what in a project',
  {
    about: 'list them',
    options: [project, limit],
    examples: [['sconce members --project vision', 'with their roles']],
    load: loads(async () => (await members()).listMembers),
  },
  [
    {
      name: 'set',
      about: 'add somebody who has an account here, or change their role',
      arguments: [emailArgument],
      options: [project, { flags: '--role <role>', about: 'what they may do (default: developer)', choices: roles }],
      examples: [['sconce members set ana@example.com --role admin --project vision', 'she administers it']],
      load: loads(async () => (await members()).setMember),
    },
    {
      name: 'remove',
      about: 'take somebody out of the project',
      arguments: [emailArgument],
      options: [project, yes],
      examples: [['sconce members remove ana@example.com --yes', 'the account stays']],
      load: loads(async () => (await members()).removeMember),
    },
  ],
);

const userCommands = listing(
  'users',
  'people of this installation, for those who look after it',
  {
    about: 'list them',
    options: [limit],
    examples: [['sconce users', 'everybody']],
    load: loads(async () => (await users()).listUsers),
  },
  [
    {
      name: 'show',
      about: 'one of them',
      arguments: [{ name: '<user>', about: 'e-mail address or id' }],
      examples: [['sconce users show ana@example.com', 'name, since when']],
      load: loads(async () => (await users()).showUser),
    },
    {
      name: 'invite',
      about: 'make an account, with --project also a member; ends with a link to send',
      arguments: [emailArgument],
      options: [
        { flags: '--name <name>', about: 'default: what stands before the @' },
        { ...project, about: 'also make them a member of it' },
        { flags: '--role <role>', about: 'in the project (default: developer)', choices: roles },
        { flags: '--admin', about: 'looks after the whole installation' },
      ],
      examples: [['sconce users invite ana@example.com --project vision', 'one command: account, member, link']],
      load: loads(async () => (await users()).inviteUser),
    },
    {
      name: 'link',
      about: 'a new link that lets a person in once, within the hour; those made before work no more',
      arguments: [{ name: '<user>', about: 'e-mail address or id' }],
      examples: [['sconce users link ana@example.com', 'when the first one got lost, or a password or passkey did']],
      load: loads(async () => (await users()).makeSignInLink),
    },
    {
      name: 'sign-out',
      about: 'end all sessions of a person; tokens go on',
      arguments: [{ name: '<user>', about: 'e-mail address or id' }],
      options: [yes],
      examples: [['sconce users sign-out ana@example.com --yes', 'after a lost laptop']],
      load: loads(async () => (await users()).signOutUser),
    },
    {
      name: 'remove',
      about: 'remove a person and their tokens',
      arguments: [{ name: '<user>', about: 'e-mail address or id' }],
      options: [yes],
      examples: [['sconce users remove ana@example.com', 'asks for the address']],
      load: loads(async () => (await users()).removeUser),
    },
  ],
);

const sessionCommands = listing(
  'sessions',
  'browsers in which you are signed in',
  {
    about: 'list them',
    options: [limit],
    examples: [['sconce sessions', 'with how each began, and when it was used last']],
    load: loads(async () => (await sessions()).listSessions),
  },
  [
    {
      name: 'end',
      about: 'end one, or all',
      arguments: [{ name: '[session]', about: 'its id' }],
      options: [{ flags: '--all', about: 'every one' }, yes],
      examples: [['sconce sessions end --all --yes', 'signed out everywhere']],
      load: loads(async () => (await sessions()).endSession),
    },
  ],
);

export const accessCommands: readonly CommandSpec[] = [
  {
    name: 'login',
    about: 'keep an address and a token (from standard input) for this user',
    examples: [
      ['sconce login --api-url https://sconce.example.com', 'asks for the token without showing it'],
      ['sconce login --api-url https://sconce.example.com < token', 'for scripts'],
    ],
    load: loads(async () => (await login()).login),
  },
  {
    name: 'logout',
    about: 'forget them',
    examples: [['sconce logout', 'the token itself still works: sconce tokens revoke']],
    load: loads(async () => (await login()).logout),
  },
  {
    name: 'whoami',
    about: 'who the API takes you to be, and where the connection was found',
    examples: [['sconce whoami', 'and what your token may do']],
    load: loads(async () => (await login()).whoAmI),
  },
  tokenCommands,
  sessionCommands,
  memberCommands,
  userCommands,
  {
    name: 'audit',
    about: 'who did, or tried to do, what; with --follow also what is done from now on',
    options: [
      {
        flags: '-p, --project <project>',
        about: 'one that you administer; without it, the whole installation',
        completes: 'project',
      },
      { flags: '--action <endpoint>', about: 'only this: `createRollback`' },
      { flags: '--user <id>', about: 'only by this person: usr_...' },
      { flags: '-f, --follow', about: 'and go on with rows to come; resumes by itself' },
      { flags: '--after <cursor>', about: 'with --follow: begin after this row' },
      { flags: '--limit <count>', about: 'at most so many, or `all` (default: 50; with --follow 20)' },
    ],
    examples: [
      ['sconce audit --project vision --action createRollback', 'who rolled back, from where'],
      ['sconce audit --project vision -f', 'as it is done, refused requests too'],
    ],
    load: loads(async () => (await import('../../commands/access/audit.ts')).listAuditEvents),
  },
];
