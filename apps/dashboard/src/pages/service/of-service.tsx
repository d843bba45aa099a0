import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { isMissing } from '../../api/is-missing.ts';
import { serviceQuery } from '../../api/queries.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';
import { MissingPage } from '../missing/missing-page.tsx';

interface OfServiceProps {
  /** `project/environment/service` */
  readonly path: string;
  /** `the settings`: what the page shows, about so many rows of it. */
  readonly what: string;
  readonly rows: number;
  readonly children: (service: Service) => ReactNode;
}

/** A page of one service: once it is known, or that there is none of this path. */
export function OfService({ path, what, rows, children }: OfServiceProps) {
  const service = useQuery(serviceQuery(path));
  if (isMissing(service.error)) return <MissingPage what="service" />;
  return (
    <Loaded asked={service} problem="The service could not be read" skeleton={<SkeletonRows rows={rows} what={what} />}>
      {children}
    </Loaded>
  );
}
