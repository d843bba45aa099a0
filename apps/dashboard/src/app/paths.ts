/**
 * Where each page is. Below `/p/` the first three parts are slugs; `-` is none, so what follows it is never taken for one. Pages of a service
 * follow its slug directly: nothing else can stand there.
 */
const part = encodeURIComponent;

export const homePath = '/';
/** Pages about no project. */
export const accountPath = '/account';
export const poolsPath = '/pools';
export const activityPath = '/activity';
export const auditPath = '/audit';
export const tokensPath = '/tokens';
export const projectPath = (project: string): string => `/p/${part(project)}`;
export const environmentPath = (path: string): string => `/p/${path.split('/').map(part).join('/')}`;
export const environmentVariablesPath = (path: string): string => `${environmentPath(path)}/-/variables`;
export const projectPagePath = (project: string, page: ProjectPage): string => `${projectPath(project)}/-/${page}`;
/** `path` is `project/environment/service`. */
export const servicePath = (path: string, page?: ServicePage): string =>
  `/p/${path.split('/').map(part).join('/')}${page ? `/${page}` : ''}`;
export const buildPath = (path: string, build: string): string => `${servicePath(path, 'builds')}/${part(build)}`;
export const releasePath = (path: string, release: string, compare?: string): string =>
  `${servicePath(path, 'releases')}/${part(release)}${compare ? `?compare=${part(compare)}` : ''}`;

/** Where something is deployed for the first time; what was chosen so far stands in the query. */
export function deployPath(
  chosen: Readonly<Partial<Record<'example' | 'repository' | 'ref' | 'project', string | undefined>>>,
): string {
  const query = new URLSearchParams(Object.entries(chosen).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  return `/p/-/deploy${query.size > 0 ? `?${query}` : ''}`;
}

export type ServicePage = 'builds' | 'releases' | 'logs' | 'playground' | 'variables' | 'activity' | 'settings';
export const servicePages: readonly ServicePage[] = [
  'builds',
  'releases',
  'logs',
  'playground',
  'variables',
  'activity',
  'settings',
];
export type ProjectPage = 'activity' | 'audit' | 'settings';
export const projectPages: readonly ProjectPage[] = ['activity', 'audit', 'settings'];

/** What the address names, whatever page it is: for the breadcrumb and for keys. */
export interface Place {
  readonly project: string | null;
  /** `project/environment` */
  readonly environment: string | null;
  /** `project/environment/service` */
  readonly service: string | null;
}

export function placeOf(pathname: string): Place {
  const parts = pathname.split('/').slice(1);
  const nowhere = { project: null, environment: null, service: null };
  if (parts[0] !== 'p' || !parts[1]) return nowhere;
  const slugs: string[] = [];
  for (const one of parts.slice(1, 4)) {
    if (!one || one === '-') break;
    slugs.push(decode(one));
  }
  const [project = null] = slugs;
  const upTo = (count: number) => (slugs.length >= count ? slugs.slice(0, count).join('/') : null);
  return { project, environment: upTo(2), service: upTo(3) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
