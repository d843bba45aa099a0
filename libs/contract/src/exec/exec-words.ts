/** What a row of the audit log says of an exec. */
interface ExecFacts {
  readonly replica?: string | null;
  readonly container?: string | null;
  readonly command?: readonly string[];
}

/** `r12-7x2, cache: sh -c 'exit 3'`, as it could be typed; empty for rows of anything else. `data` is that of the row; an API of before has none. */
export function execWords(data: Readonly<Record<string, unknown>> | undefined): string {
  const { replica, container, command } = (data ?? {}) as ExecFacts;
  if (!Array.isArray(command)) return '';
  const where = [replica, container].filter(Boolean).join(', ');
  const what = command.length === 0 ? 'a shell' : command.map(quoted).join(' ');
  return where === '' ? what : `${where}: ${what}`;
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
