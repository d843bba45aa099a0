import { type EndpointName, endpoints } from '@sconce/contract';

export interface ApiCall {
  readonly name: EndpointName;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | boolean | undefined>>;
  readonly body?: unknown;
}

/** In single quotes for a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The same call with curl. The token comes from the environment, so that it stands in no history. */
export function asCurl(origin: string, call: ApiCall): string {
  const { method, path, body } = endpoints[call.name];
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(call.params?.[name] ?? `{${name}}`),
  );
  const query = new URLSearchParams(
    Object.entries(call.query ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${quoted(`${origin}${filled}${query.size > 0 ? `?${query}` : ''}`)}`,
    '-H "Authorization: Bearer $SCONCE_TOKEN"',
  ];
  if (body !== null) {
    lines.push(`-H 'Content-Type: application/${method === 'PATCH' ? 'merge-patch+json' : 'json'}'`);
    lines.push(`-d ${quoted(JSON.stringify(call.body ?? {}))}`);
  }
  return lines.join(' \\\n  ');
}
