import type { BuildAnalysis } from '@sconce/contract';
import { connect } from '../../connection/connect.ts';
import type { Context } from '../../context.ts';
import { cleanText } from '../../terminal/clean-text.ts';
import { table } from '../../terminal/table.ts';
import { took } from '../../terminal/times.ts';
import { type BuildsOptions, newestBuild } from './builds.ts';

/** Where the time and the megabytes of a build went, step by step and layer by layer, against the build before. */
export async function analyseBuild(context: Context, options: BuildsOptions, named: string | undefined): Promise<void> {
  const { client } = await connect(context, options);
  const { terminal, signal } = context;
  const build = named ?? (await newestBuild(context, client, options.service)).id;
  const read = await client.getBuildAnalysis({ params: { build }, signal });
  if (options.json) return terminal.json(read);
  const { dim } = terminal.colours;
  terminal.line(
    `${read.build}, ${read.against ? `against ${read.against.build}` : 'the first one that made an image'}`,
  );
  if (read.steps.length === 0) terminal.line('No step of it is kept: nothing was built, or before steps were kept.');
  else for (const row of table([['STEP', 'TOOK', 'BEFORE'].map(dim), ...read.steps.map(stepRow)])) terminal.line(row);
  if (read.layers.length === 0) return;
  terminal.line('');
  for (const row of table([['LAYER', 'SIZE', 'BEFORE'].map(dim), ...layerRows(read)])) terminal.line(row);
}

function stepRow({ title, ms, is, before }: BuildAnalysis['steps'][number]): string[] {
  return [cleanText(title).slice(0, 100), timeWords(ms, is), before === null ? '-' : timeWords(before.ms, before.is)];
}

const timeWords = (ms: number | null, is: string): string =>
  is === 'done' ? (ms === null ? '-' : took(ms)) : ms === null || is === 'cached' ? is : `${is} after ${took(ms)}`;

function layerRows({ layers, gone, sizeBytes, against }: BuildAnalysis): string[][] {
  return [
    ...layers.map((layer) => [
      cleanText(layer.createdBy).slice(0, 100),
      size(layer.sizeBytes),
      layer.is === 'same' ? 'same' : layer.beforeBytes === null ? layer.is : size(layer.beforeBytes),
    ]),
    ...gone.map((layer) => [cleanText(layer.createdBy).slice(0, 100), 'gone', size(layer.sizeBytes)]),
    ['all', size(sizeBytes), size(against?.sizeBytes ?? null)],
  ];
}

const size = (bytes: number | null): string => (bytes === null ? '-' : `${(bytes / 2 ** 20).toFixed(1)} MiB`);
