import type { ClusterAccess } from '@sconce/core';
import { parse } from 'yaml';
import { type FieldError, Rejection } from '../rejection.ts';

type Fields = Readonly<Record<string, unknown>>;

const flatten = 'Credentials go into it as data: `kubectl config view --raw --minify --flatten` writes it so.';
const accountInstead =
  'Without `--as-is`, `sconce clusters add` makes a service account on the cluster, and its token is used instead.';

/** What would make the scheduler run a program, read a file of its machine or be somebody else: refused, not ignored. */
const refusedOfUser: Readonly<Record<string, string>> = {
  exec: `It names a program that gives credentials, which is not run here. ${accountInstead}`,
  'auth-provider': `It names a plugin that gives credentials, which is not run here. ${accountInstead}`,
  tokenFile: `It names a file. ${flatten}`,
  'client-certificate': `It names a file. ${flatten}`,
  'client-key': `It names a file. ${flatten}`,
  username: 'Kubernetes takes no passwords. A token or a client certificate is needed.',
  as: 'It acts as somebody else. Give credentials of their own.',
  'as-groups': 'It acts as somebody else. Give credentials of their own.',
};
const refusedOfCluster: Readonly<Record<string, string>> = {
  'certificate-authority': `It names a file. ${flatten}`,
  'proxy-url': 'It goes through a proxy, which is not done here. Give an address that the scheduler reaches directly.',
  'insecure-skip-tls-verify':
    'It does not check whom it speaks to, and would send the credentials to anybody. Give `certificate-authority-data`.',
};

/**
 * Reads how a cluster is reached out of a kubeconfig: of one context (the current one, if none is named), and of that only what is data. What it
 * says besides is not kept. Throws `Rejection` invalid, naming every field that is wrong.
 */
export function parseKubeconfig(text: string, context: string | null): ClusterAccess {
  const config = readYaml(text);
  const name = context ?? textOf(config['current-context']);
  if (name === null) throw refuse([at('current-context', 'It names no current context. Name one with `context`.')]);
  const chosen = entryOf(config, 'contexts', 'context', name);
  const clusterName = textOf(chosen.fields.cluster);
  const userName = textOf(chosen.fields.user);
  if (clusterName === null || userName === null)
    throw refuse([at(chosen.path, 'It has to name a `cluster` and a `user`')]);
  const cluster = entryOf(config, 'clusters', 'cluster', clusterName);
  const user = entryOf(config, 'users', 'user', userName);
  const errors = [...refused(cluster, refusedOfCluster), ...refused(user, refusedOfUser)];
  const server = readServer(textOf(cluster.fields.server));
  if (server === null) errors.push(at(`${cluster.path}.server`, 'It has to be an https address: https://host:6443'));
  const access = { server: server ?? '', ...readCredentials(cluster.fields, user.fields) };
  if (errors.length === 0) errors.push(...checkCredentials(access, cluster.path, user.path));
  if (errors.length > 0) throw refuse(errors);
  return access;
}

interface Entry {
  /** `kubeconfig.users[prod].user` */
  readonly path: string;
  readonly fields: Fields;
}

function readYaml(text: string): Fields {
  let read: unknown;
  try {
    // Aliases could blow up a small text; no kubeconfig has them.
    read = parse(text, { maxAliasCount: 0, schema: 'core' });
  } catch (error) {
    throw refuse([at('', `It is neither YAML nor JSON: ${(error as Error).message.split('\n')[0]}`)]);
  }
  if (!isFields(read) || (read.kind !== undefined && read.kind !== 'Config'))
    throw refuse([at('', 'It is no kubeconfig: it has to have clusters, users and contexts')]);
  return read;
}

function entryOf(config: Fields, list: string, what: string, name: string): Entry {
  const entries = Array.isArray(config[list]) ? (config[list] as unknown[]) : [];
  const found = entries.find((entry): entry is Fields => isFields(entry) && entry.name === name);
  const fields = found?.[what];
  if (!isFields(fields)) throw refuse([at(list, `There is no ${what} ${JSON.stringify(name.slice(0, 100))} in it`)]);
  return { path: `${list}[${name}].${what}`, fields };
}

function refused({ path, fields }: Entry, why: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(why).flatMap(([field, message]) => {
    const value = fields[field];
    return value === undefined || value === null || value === '' || value === false
      ? []
      : [at(`${path}.${field}`, message)];
  });
}

function readServer(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return url.protocol === 'https:' && isPlain ? url.href.replace(/\/+$/, '') : null;
}

function readCredentials(cluster: Fields, user: Fields): Omit<ClusterAccess, 'server'> {
  return {
    certificateAuthority: textOf(cluster['certificate-authority-data']),
    tlsServerName: textOf(cluster['tls-server-name']),
    token: textOf(user.token),
    clientCertificate: textOf(user['client-certificate-data']),
    clientKey: textOf(user['client-key-data']),
  };
}

function checkCredentials(access: ClusterAccess, cluster: string, user: string): FieldError[] {
  const { certificateAuthority, token, clientCertificate, clientKey } = access;
  const errors: FieldError[] = [];
  const pem = (path: string, text: string | null) => {
    if (text !== null && !Buffer.from(text, 'base64').toString('latin1').includes('-----BEGIN '))
      errors.push(at(path, 'It has to be PEM in base64'));
  };
  pem(`${cluster}.certificate-authority-data`, certificateAuthority);
  pem(`${user}.client-certificate-data`, clientCertificate);
  pem(`${user}.client-key-data`, clientKey);
  if (token === null && clientCertificate === null)
    errors.push(at(user, 'It has no credentials: a `token`, or `client-certificate-data` with `client-key-data`'));
  if ((clientCertificate === null) !== (clientKey === null))
    errors.push(at(user, '`client-certificate-data` and `client-key-data` go together'));
  // It goes into a header as it is.
  if (token !== null && !/^[\x21-\x7e]+$/.test(token))
    errors.push(at(`${user}.token`, 'A token has no blanks and no other characters than ASCII'));
  return errors;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : null;

const at = (path: string, message: string): FieldError => ({
  path: path === '' ? 'kubeconfig' : `kubeconfig.${path}`,
  code: 'invalid',
  message,
});

function refuse(errors: readonly FieldError[]): Rejection {
  const [first] = errors;
  const message =
    errors.length === 1 && first ? `The kubeconfig cannot be used: ${first.message}` : 'The kubeconfig cannot be used';
  return new Rejection('invalid', message, { errors });
}
