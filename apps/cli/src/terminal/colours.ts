export type Paint = (text: string) => string;

export interface Colours {
  readonly green: Paint;
  readonly blue: Paint;
  readonly violet: Paint;
  readonly slate: Paint;
  readonly red: Paint;
  readonly bold: Paint;
  readonly dim: Paint;
}

/** Colours mean states and nothing else; without a terminal, or with NO_COLOR, text comes as it is. */
export function makeColours(on: boolean): Colours {
  const paint = (code: string): Paint =>
    on ? (text) => (text === '' ? '' : `\x1b[${code}m${text}\x1b[0m`) : (text) => text;
  return {
    green: paint('32'),
    blue: paint('34'),
    violet: paint('35'),
    slate: paint('90'),
    red: paint('31'),
    bold: paint('1'),
    dim: paint('2'),
  };
}

/** https://no-color.org: any value but an empty one turns colours off. */
export function wantsColours(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}
