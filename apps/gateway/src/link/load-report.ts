import type { GatewayLoad } from '@sconce/contract';
import type { LiveTable } from '../table/live-table.ts';

/** Makes load messages: everything once, then what changed. */
export class LoadReport {
  private readonly table: LiveTable;
  private readonly said = new Map<string, string>();

  constructor(table: LiveTable) {
    this.table = table;
  }

  full(at: number): GatewayLoad {
    this.said.clear();
    const changes = this.changes(at);
    return { ...(changes ?? { type: 'load', at, replicas: [], routes: [] }), full: true };
  }

  /** Null when nothing did. */
  changes(at: number): GatewayLoad | null {
    const replicas = [...this.table.replicas.values()].map(({ id, inFlight, requests, errors, isListed }) => ({
      id,
      inFlight,
      requests,
      errors,
      listed: isListed,
    }));
    const routes = [...this.table.routes.values()].map(({ service, queue, requests, problems }) => ({
      service,
      queued: queue.size,
      requests,
      problems,
    }));
    const news = {
      replicas: replicas.filter((each) => this.isNews(each.id, each)),
      routes: routes.filter((each) => this.isNews(each.service, each)),
    };
    this.forgetGone(new Set([...replicas.map((each) => each.id), ...routes.map((each) => each.service)]));
    if (news.replicas.length + news.routes.length === 0) return null;
    return { type: 'load', at, full: false, ...news };
  }

  private isNews(key: string, sample: object): boolean {
    const text = JSON.stringify(sample);
    if (this.said.get(key) === text) return false;
    this.said.set(key, text);
    return true;
  }

  private forgetGone(present: ReadonlySet<string>): void {
    for (const key of this.said.keys()) if (!present.has(key)) this.said.delete(key);
  }
}
