import { connect } from '../../connection/connect.ts';
import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';
import { openInBrowser } from '../../local/open-in-browser.ts';
import { chooseService } from '../../place/choose-service.ts';

export interface OpenOptions extends GlobalOptions {
  readonly service?: string;
  readonly page?: string;
  readonly live?: boolean;
  readonly home?: boolean;
  /** Commander's word for `--no-browser`: false when it was given. */
  readonly browser?: boolean;
}

export const dashboardPages = ['builds', 'releases', 'logs'] as const;

/** Opens the service's page in the dashboard, or with `--live` where the service itself answers. Where there is no browser, writes the address. */
export async function open(context: Context, options: OpenOptions, named: string | undefined): Promise<void> {
  const { client, apiUrl } = await connect(context, options);
  const { page } = options;
  if (page !== undefined && !(dashboardPages as readonly string[]).includes(page))
    throw new CliFailure(`There is no page ${page.slice(0, 40)}: ${dashboardPages.join(', ')}`, {
      exitCode: exitCodes.usage,
      code: 'invalid',
    });
  const base = apiUrl.replace(/\/+$/, '');
  const service = options.home ? null : await chooseService(context, client, named ?? options.service);
  const path = service ? `/p/${service.path}${page ? `/${page}` : ''}` : '/';
  const url = options.live && service ? service.urls.host : `${base}${path}`;
  const { terminal } = context;
  if (options.json) return terminal.json({ url });
  const opened = options.browser === false || !terminal.asks ? false : await openInBrowser(context, url);
  if (opened) terminal.note('Opened in your browser:');
  terminal.line(url);
}
