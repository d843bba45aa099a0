import type { Release } from '@sconce/contract';
import type { ReactNode } from 'react';
import { duration } from '../../words/duration.ts';
import { plainLine } from '../../words/plain-text.ts';
import { resourceWords } from '../service/standing.tsx';
import styles from './releases.module.css';

/** All that a release was made with; it never changes. */
export function FrozenSettings({ release }: { readonly release: Release }) {
  const { spec } = release;
  const rows: readonly (readonly [string, ReactNode])[] = [
    ['Port', <code key="port">{spec.port}</code>],
    [
      'Command',
      spec.command ? <code key="command">{plainLine(spec.command.join(' '), 1_000)}</code> : 'the image’s own',
    ],
    [
      'Probe',
      `${spec.probe.path ?? 'a connection'}, every ${spec.probe.periodMs / 1_000} s, ${duration(spec.probe.startupTimeoutMs)} to start`,
    ],
    ['Resources', resourceWords(spec.resources) || 'not limited'],
    [
      'Replicas',
      spec.scaling.min === spec.scaling.max ? `${spec.scaling.min}` : `${spec.scaling.min} to ${spec.scaling.max}`,
    ],
    ['Longest request', duration(spec.drainTimeoutMs)],
    ['Watched for', duration(spec.watchMs)],
    ['Volumes', spec.volumes.map(({ name, path }) => `${name} at ${path}`).join(', ') || 'none'],
    ['Sidecars', spec.sidecars?.map(({ name, image }) => `${name} (${image})`).join(', ') || 'none'],
    ['Variables', <Names key="variables" values={spec.variables} />],
    ['Secrets', <Names key="secrets" values={spec.secrets} />],
  ];
  return (
    <dl className={styles.settings}>
      {rows.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Names({ values }: { readonly values: Release['spec']['variables'] }) {
  if (values.length === 0) return 'none';
  return (
    <span className={styles.names}>
      {values.map(({ name, version, fingerprint }) => (
        <span key={name} title={`fingerprint ${fingerprint}`}>
          <code>{name}</code> <span className={styles.soft}>v{version}</span>
        </span>
      ))}
    </span>
  );
}
