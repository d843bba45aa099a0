import type { Service } from '@sconce/contract';
import { useDeferredValue } from 'react';
import { ServiceCard } from './service-card.tsx';

/** More cards than a window shows. The others are drawn right after, in pieces that keys and clicks come between. */
const firstCards = 24;

interface ServiceCardsProps {
  readonly services: readonly Service[];
  readonly heading: 'h2' | 'h3';
  readonly className: string | undefined;
}

export function ServiceCards({ services, heading, className }: ServiceCardsProps) {
  const count = useDeferredValue(services.length, Math.min(services.length, firstCards));
  return (
    <ul className={className}>
      {services.slice(0, count).map((service) => (
        <ServiceCard key={service.id} service={service} heading={heading} />
      ))}
    </ul>
  );
}
