import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { Suspense } from 'react';
import { useSearchParams } from 'wouter';
import { metricsQuery } from '../../../api/queries.ts';
import { laterPage } from '../../../app/load-page.ts';
import { servicePath } from '../../../app/paths.ts';
import { GraphsToCome } from '../../../graph/graphs-to-come.tsx';
import { isBlank } from '../../../live/measured-cache.ts';
import { CommandLine } from '../../../parts/as-command.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { RangeChoice } from '../../../parts/range-choice.tsx';
import { Section } from '../../../parts/section.tsx';
import { type Range, rangeWords, toRange } from '../../../words/ranges.ts';
import styles from './service-metrics.module.css';

const MetricGraphs = laterPage(() => import('./metric-graphs.tsx'), 'MetricGraphs');

/** How it did over time: what was asked of it, how quickly it answered, what it used. */
export function ServiceMetrics({ service }: { readonly service: Service }) {
  const [search] = useSearchParams();
  const range = toRange(search.get('range'));
  const metrics = useQuery(metricsQuery(service.id, range));
  return (
    <Section title="Over time" aside={<RangeChoice path={servicePath(service.path)} range={range} />}>
      <Loaded asked={metrics} problem="The figures could not be read" skeleton={<GraphsToCome count={6} />}>
        {(known) =>
          isBlank(known) ? (
            <NothingMeasured service={service} range={range} />
          ) : (
            <Suspense fallback={<GraphsToCome count={6} />}>
              <MetricGraphs metrics={known} range={range} />
            </Suspense>
          )
        }
      </Loaded>
    </Section>
  );
}

function NothingMeasured({ service, range }: { readonly service: Service; readonly range: Range }) {
  return (
    <div className={styles.nothing}>
      <p>
        Nothing was asked of it in {rangeWords[range]}. A request shows here within ten seconds, with how long it took
        and what it used.
      </p>
      {service.live ? <CommandLine text={`curl ${service.urls.path}`} what="command" /> : null}
    </div>
  );
}
