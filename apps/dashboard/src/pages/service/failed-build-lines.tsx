import { useMemo } from 'react';
import { Lines } from '../../log/lines.tsx';
import { linesThatMatter, toSteps } from '../../log/steps.ts';
import { useLog } from '../../log/use-log.ts';

/** What a step that failed said is near the end; the page of the build has all of it. */
const tail = 200;

/** The lines to read first of a build that failed. */
export function FailedBuildLines({ build }: { readonly build: string }) {
  const log = useLog({ of: 'build', id: build, tail });
  const version = log.version();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lines grow in place; the version says when.
  const lines = useMemo(() => linesThatMatter(toSteps(log.lines)), [log, version]);
  return lines.length > 0 ? <Lines lines={lines} what="The lines that matter" /> : null;
}
