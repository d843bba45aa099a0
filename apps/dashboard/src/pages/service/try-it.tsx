import type { Service } from '@sconce/contract';
import { Suspense } from 'react';
import { Link } from 'wouter';
import { laterPage } from '../../app/load-page.ts';
import { servicePath } from '../../app/paths.ts';
import { Section } from '../../parts/section.tsx';
import { SkeletonRows } from '../../parts/skeleton.tsx';

/** Comes after the page: what is well and what happens is read first. */
const Playground = laterPage(() => import('../playground/playground.tsx'), 'Playground');

/** Calls the model from the service's page. */
export function TryIt({ service }: { readonly service: Service }) {
  return (
    <Section title="Playground" aside={<Link href={servicePath(service.path, 'playground')}>On its own page</Link>}>
      <Suspense fallback={<SkeletonRows rows={5} what="the playground" />}>
        <Playground service={service} />
      </Suspense>
    </Section>
  );
}
