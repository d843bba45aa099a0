import { parseArgs } from 'node:util';
import { measureEvents } from './events.ts';
import { at, Figures, median, spread } from './figures.ts';
import { fill, full } from './fill.ts';
import { measureFirstPage } from './first-page.ts';
import { measureLogFlow } from './log-flow.ts';
import { measureNavigation } from './navigation.ts';
import { measureOpenDashboards } from './open-dashboards.ts';
import { closeScene, openScene, type Scene } from './scene.ts';

/**
 * What the dashboard takes: of a cold cache, from page to page, from the server's event to the page, of a fast log, of much, and of the server.
 *
 * node -C sconce-source bench/dashboard/run.ts [pages] [streams] [logs] [size] [--seconds 60]
 *
 * Without parts: all. `--seconds`: how long lines flow; 600 for the ten minutes that are promised.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' } },
});
const parts = {
  pages: (scene: Scene) => measurePages(scene),
  streams: (scene: Scene) => measureStreams(scene),
  logs: (scene: Scene) => measureLogs(scene, Number(values.seconds)),
  size: (scene: Scene) => measureSize(scene),
};
type Part = keyof typeof parts;
const unknown = positionals.filter((name) => !(name in parts));
if (unknown.length > 0)
  throw new Error(`No such part: ${unknown.join(', ')}. There are ${Object.keys(parts).join(', ')}.`);

const limits = {
  scriptKb: 200,
  interactiveMs: 1_000,
  navigationMs: 100,
  eventMs: 250,
  frameMs: 34,
  heapGrowth: 1.1,
  dashboardsPercent: 5,
  grown: 1.3,
};
const turns = { firstPage: 7, navigation: 8, events: 100 };
const figures = new Figures();
const scene = await openScene();
try {
  // The last one ends the processes that act.
  for (const name of Object.keys(parts) as Part[])
    if (positionals.length === 0 || positionals.includes(name)) await parts[name](scene);
} finally {
  await closeScene(scene);
}
process.exitCode = figures.missed === 0 ? 0 : 1;

interface Pages {
  readonly interactiveMs: number;
  readonly navigationMs: number;
  readonly contentMs: number;
  readonly eventMs: number;
}

async function measurePages(on: Scene): Promise<Pages> {
  figures.part('first page, cold cache, processor at a quarter');
  const first = await measureFirstPage(on, turns.firstPage);
  const kb = (bytes: readonly number[]) => bytes.map((one) => one / 1_000);
  figures.show(
    'script, with what is fetched ahead',
    at(kb(first.scriptBytesWithLater), 1),
    'KB',
    'most',
    limits.scriptKb,
  );
  figures.show('script until it answers', at(kb(first.scriptBytes), 1), 'KB', 'most');
  const interactiveMs = median(first.interactiveMs);
  figures.show('interactive', interactiveMs, 'ms', spread(first.interactiveMs), limits.interactiveMs);
  figures.show('the same words in plain HTML', median(first.plainMs), 'ms', spread(first.plainMs));
  figures.show('ratio', interactiveMs / median(first.plainMs), 'x', '');

  figures.part('from page to page');
  const { headingMs, contentMs, firstContentMs } = await measureNavigation(on, turns.navigation);
  figures.show('heading p95', at(headingMs, 0.95), 'ms', spread(headingMs), limits.navigationMs);
  figures.show('content p95', at(contentMs, 0.95), 'ms', spread(contentMs));
  figures.show('content p95, first time', at(firstContentMs, 0.95), 'ms', spread(firstContentMs));

  figures.part('from an event to the page of all projects');
  const events = await measureEvents(on, turns.events);
  figures.show(
    'since the answer p95',
    at(events.sinceAnswerMs, 0.95),
    'ms',
    spread(events.sinceAnswerMs),
    limits.eventMs,
  );
  figures.show('since the sending p95', at(events.sinceSendingMs, 0.95), 'ms', spread(events.sinceSendingMs));
  return {
    interactiveMs,
    navigationMs: median(headingMs),
    contentMs: median(contentMs),
    eventMs: median(events.sinceSendingMs),
  };
}

async function measureStreams(on: Scene): Promise<void> {
  figures.part('50 open dashboards, 5 requests a second to a service, 30 s');
  const { alonePercent, watchedPercent, told } = await measureOpenDashboards(on, 30);
  const detail = `each was told ${told[0]} to ${told[1]} times`;
  // Streams that bring nothing cost nothing: that is no figure.
  const percent = told[0] > 0 ? watchedPercent : Number.NaN;
  figures.show('CPU of the API, of one core', percent, '%', detail, limits.dashboardsPercent);
  figures.show('the same with nobody looking', alonePercent, '%', '');
}

async function measureLogs(on: Scene, seconds: number): Promise<void> {
  figures.part(`1,000 log lines a second, ${seconds} s once the page holds all that it keeps`);
  const { linesPerSecond, frameMs, quietFrameMs, heapMiB, fillingSeconds } = await measureLogFlow(on, seconds);
  figures.show('lines a second', linesPerSecond, '', `the page was full after ${fillingSeconds.toFixed(0)} s`);
  const late = frameMs.filter((ms) => ms > 25).length;
  figures.show('frame p99', at(frameMs, 0.99), 'ms', spread(frameMs), limits.frameMs);
  figures.show('frames that came late', (late / frameMs.length) * 100, '%', `${late} of ${frameMs.length}`);
  figures.show('frame p99 before the first line', at(quietFrameMs, 0.99), 'ms', spread(quietFrameMs));
  const [begin = Number.NaN] = heapMiB;
  const all = heapMiB.map((mib) => mib.toFixed(1)).join(', ');
  figures.show(
    'memory at the end by the beginning',
    (heapMiB.at(-1) ?? Number.NaN) / begin,
    'x',
    `MiB: ${all}`,
    limits.heapGrowth,
  );
}

async function measureSize(on: Scene): Promise<void> {
  const { scheduler, worker } = on.platform.processes;
  await Promise.all([scheduler.end(), worker.end()]);
  figures.part('three services, while nothing acts');
  const few = await measurePages(on);
  await fill(on);
  figures.part(`${full.services} services, ${full.releases} releases`);
  const many = await measurePages(on);
  figures.part('many by few, medians');
  const names = {
    interactiveMs: 'first page',
    navigationMs: 'from page to page',
    contentMs: 'from page to page, content',
    eventMs: 'event, since the sending',
  };
  for (const [name, words] of Object.entries(names) as [keyof Pages, string][])
    figures.show(
      words,
      many[name] / few[name],
      'x',
      `${many[name].toFixed(0)} by ${few[name].toFixed(0)} ms`,
      limits.grown,
    );
}
