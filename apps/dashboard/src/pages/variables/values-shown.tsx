import type { Variable } from '@sconce/contract';
import type { ReactNode } from 'react';
import { type Asked, Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import type { VariableOwner } from './use-staged.ts';
import styles from './variables.module.css';
import { Variables } from './variables.tsx';

interface ValuesShownProps {
  readonly owner: VariableOwner;
  /** A slug. */
  readonly name: string;
  readonly variables: Asked<{ readonly data: readonly Variable[]; readonly etag: string | null }>;
  /** Below the variables: secrets. */
  readonly children: ReactNode;
}

/** What a service or an environment gives to releases: values that are read, and below them those that are not. */
export function ValuesShown({ owner, name, variables, children }: ValuesShownProps) {
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Variables and secrets of {name}</h1>
      <Loaded
        asked={variables}
        problem="The variables could not be read"
        skeleton={<SkeletonRows rows={6} what="variables" />}
      >
        {({ data, etag }) => <Variables owner={owner} standing={data} etag={etag} />}
      </Loaded>
      {children}
    </div>
  );
}
