import type { Service } from '@sconce/contract';
import { Link } from 'wouter';
import { servicePath } from '../../app/paths.ts';
import { Lines } from '../../log/lines.tsx';
import { useLog } from '../../log/use-log.ts';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import styles from './log-tail.module.css';

const shown = 12;

/** What it says right now. */
export function LogTail({ service }: { readonly service: Service }) {
  const log = useLog({ of: 'service', id: service.id, tail: shown });
  const { state, lines } = log;
  return (
    <Section title="Last lines" aside={<Link href={servicePath(service.path, 'logs')}>The whole log</Link>}>
      {typeof state === 'object' ? (
        <Problem error={state.error} what="The log could not be read" />
      ) : lines.length > 0 ? (
        <Lines lines={lines.slice(-shown)} what="Last lines of the log" />
      ) : (
        <p className={styles.none}>{state === 'following' ? 'It has said nothing yet.' : ' '}</p>
      )}
    </Section>
  );
}
