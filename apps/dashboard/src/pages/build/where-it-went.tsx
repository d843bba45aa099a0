import type { Build, BuildAnalysis, Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { buildAnalysisQuery } from '../../api/queries.ts';
import { buildPath } from '../../app/paths.ts';
import { Button } from '../../parts/button.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import table from '../../parts/table.module.css';
import { bytes } from '../../words/bytes.ts';
import { took } from '../../words/duration.ts';
import { plainLine, shortSha } from '../../words/plain-text.ts';
import styles from './where-it-went.module.css';

interface WhereItWentProps {
  readonly service: Service;
  readonly build: Build;
}

/** Where the time and the megabytes went, step by step and layer by layer, against the build before. */
export function WhereItWent({ service, build }: WhereItWentProps) {
  const isOver = build.endedAt !== null && build.startedAt !== null;
  const analysis = useQuery({ ...buildAnalysisQuery(build.id), enabled: isOver });
  if (!isOver) return null;
  if (analysis.data && analysis.data.steps.length + analysis.data.layers.length === 0) return null;
  return (
    <Loaded
      asked={analysis}
      problem="What its steps took could not be read"
      skeleton={<SkeletonRows rows={6} what="what its steps took" />}
    >
      {(shown) => (
        <div className={styles.columns}>
          {shown.steps.length > 0 ? <Steps service={service} analysis={shown} /> : null}
          {shown.layers.length > 0 ? <Layers service={service} analysis={shown} /> : null}
        </div>
      )}
    </Loaded>
  );
}

interface PartProps {
  readonly service: Service;
  readonly analysis: BuildAnalysis;
}

/** Shorter ones are many, and never the reason. */
const shortMs = 100;

function Steps({ service, analysis }: PartProps) {
  const [all, setAll] = useState(false);
  const { steps, against } = analysis;
  const long = steps.filter(
    ({ ms, is, before }) => is === 'failed' || (ms ?? 0) >= shortMs || (before?.ms ?? 0) >= shortMs,
  );
  const shown = all || long.length === 0 ? steps : long;
  const most = Math.max(1, ...steps.map(({ ms }) => ms ?? 0));
  return (
    <Section title="Where the time went" aside={<Against service={service} analysis={analysis} />}>
      <div className={table.scroll}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col" data-end>
                Took
              </th>
              {against ? (
                <th scope="col" data-end>
                  Before
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ title, ms, is, before }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two steps may be alike, and the list never changes.
              <tr key={index} data-is={is}>
                <Named text={title} share={(ms ?? 0) / most} />
                <td data-end data-mono>
                  {is === 'done' && ms !== null ? took(ms) : is}
                </td>
                {against ? (
                  <td data-end data-mono data-soft>
                    {before === null ? 'new' : before.is === 'done' && before.ms !== null ? took(before.ms) : before.is}
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < steps.length || all ? (
        <Button look="quiet" onClick={() => setAll(!all)}>
          {all ? 'The long ones' : `All ${steps.length} steps`}
        </Button>
      ) : null}
    </Section>
  );
}

function Layers({ service, analysis }: PartProps) {
  const { layers, gone, against } = analysis;
  const most = Math.max(1, ...layers.map(({ sizeBytes }) => sizeBytes));
  return (
    <Section title="Where the megabytes went" aside={<Size service={service} analysis={analysis} />}>
      <div className={table.scroll}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col" data-end>
                Size
              </th>
              {against ? (
                <th scope="col" data-end>
                  Against before
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {layers.map((layer) => (
              <tr key={layer.digest} data-is={layer.is}>
                <Named text={instructionOf(layer.createdBy)} share={layer.sizeBytes / most} />
                <td data-end data-mono>
                  {bytes(layer.sizeBytes)}
                </td>
                {against ? (
                  <td data-end data-mono data-soft>
                    {layer.is === 'changed' ? more(layer.sizeBytes - (layer.beforeBytes ?? 0), bytes) : layer.is}
                  </td>
                ) : null}
              </tr>
            ))}
            {gone.map(({ createdBy, sizeBytes }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: as above.
              <tr key={`gone ${index}`} data-is="gone">
                <Named text={instructionOf(createdBy)} share={0} />
                <td data-end data-mono>
                  gone
                </td>
                <td data-end data-mono data-soft>
                  {more(-sizeBytes, bytes)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** What it was, over a bar of what it took. */
function Named({ text, share }: { readonly text: string; readonly share: number }) {
  return (
    <td data-wide className={styles.named} title={plainLine(text, 1_000)}>
      <span className={styles.bar} style={{ inlineSize: `${Math.round(share * 100)}%` }} aria-hidden="true" />
      <code>{plainLine(text, 200)}</code>
    </td>
  );
}

function Against({ service, analysis: { against } }: PartProps) {
  if (!against) return <span>the first build: nothing to hold it against</span>;
  return (
    <span>
      against <Link href={buildPath(service.path, against.build)}>{shortSha(against.commit.sha)}</Link>
    </span>
  );
}

function Size({ analysis: { sizeBytes, against } }: PartProps) {
  if (sizeBytes === null) return null;
  const difference = against?.sizeBytes == null ? null : sizeBytes - against.sizeBytes;
  return (
    <span>
      {bytes(sizeBytes)}
      {difference === null ? '' : difference === 0 ? ', as before' : `, ${more(difference, bytes)}`}
    </span>
  );
}

function more(difference: number, inWords: (value: number) => string): string {
  if (difference === 0) return '±0';
  return `${difference > 0 ? '+' : '−'}${inWords(Math.abs(difference))}`;
}

/** `RUN pip install` of `RUN /bin/sh -c pip install # buildkit`, and of the older builder’s `/bin/sh -c #(nop)  CMD x`. */
function instructionOf(createdBy: string): string {
  if (createdBy === '') return 'imported';
  return createdBy
    .replace(/\s+# buildkit$/, '')
    .replace(/^\/bin\/sh -c #\(nop\)\s+/, '')
    .replace(/^(?:RUN )?(?:\|\d+ (?:\S+=\S* )*)?\/bin\/sh -c /, 'RUN ');
}
