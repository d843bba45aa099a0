export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string | null;
      readonly scope: string | null;
    };

/** What a registry asks for in `WWW-Authenticate`: a token where it offers one. Null where it asks for nothing that we have. */
export function parseChallenge(header: string | null): Challenge | null {
  if (header === null) return null;
  const bearer = /(?:^|,)\s*bearer\s+(.*)$/is.exec(header)?.[1];
  if (bearer !== undefined) {
    const fields = new Map(
      [...bearer.matchAll(/([a-z_]+)\s*=\s*(?:"([^"]*)"|([^\s",]+))/gi)].map(
        ([, name = '', quoted, bare]): [string, string] => [name.toLowerCase(), quoted ?? bare ?? ''],
      ),
    );
    const realm = fields.get('realm') ?? '';
    if (URL.canParse(realm))
      return { scheme: 'bearer', realm, service: fields.get('service') ?? null, scope: fields.get('scope') ?? null };
  }
  return /(?:^|,)\s*basic(?:\s|$)/i.test(header) ? { scheme: 'basic' } : null;
}
