import type { ReactNode } from 'react';
import { Problem } from './problem.tsx';

/** The part of a query that this needs. */
export interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  refetch(): unknown;
}

interface LoadedProps<Data> {
  readonly asked: Asked<Data>;
  /** `The builds could not be read` */
  readonly problem: string;
  readonly skeleton: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** A skeleton, then what was asked for; or why not, and a way to try again. What is known already stays when asking anew failed. */
export function Loaded<Data>({ asked, problem, skeleton, children }: LoadedProps<Data>) {
  const { data, error } = asked;
  if (data !== undefined) return children(data);
  if (error) return <Problem error={error} what={problem} onRetry={() => asked.refetch()} />;
  return skeleton;
}
