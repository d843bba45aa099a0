import type { Context } from '../context.ts';
import type { CliFailure } from '../exit-code.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { askLine, canAsk } from './ask-line.ts';

const most = 30;

/** Lets somebody choose among several by number or name; throws `failure` where nobody is there, or where there are too many to show. */
export async function pick<Item>(
  context: Context,
  question: string,
  items: readonly Item[],
  nameOf: (item: Item) => string,
  failure: () => CliFailure,
): Promise<Item> {
  if (!canAsk(context) || items.length === 0 || items.length > most) throw failure();
  const { terminal } = context;
  terminal.draw(`${question}\n`);
  for (const [index, item] of items.entries())
    terminal.draw(`  ${String(index + 1).padStart(2)}  ${cleanText(nameOf(item))}\n`);
  for (;;) {
    const answer = await askLine(context, 'Number or name');
    const chosen =
      items.find((item) => nameOf(item) === answer) ?? items[/^\d{1,3}$/.test(answer) ? Number(answer) - 1 : -1];
    if (chosen !== undefined) return chosen;
  }
}
