/** What every page shows, as it is asked for first: `early.ts` asks, and the page that people who are signed in get has the browser ask before that. */
export const earlyLists = ['/v1/projects?limit=200&order=oldest', '/v1/services?limit=200&order=oldest'] as const;
export const earlyPerson = '/v1/me';
/** The page says in it where the stream of events stood when the page was sent. The API fills it in: `apps/api/src/pages/dashboard-site.ts`. */
export const streamMeta = 'sconce-stream';
