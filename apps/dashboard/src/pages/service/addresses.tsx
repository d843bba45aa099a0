import type { Service } from '@sconce/contract';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Section } from '../../parts/section.tsx';
import { plainLine } from '../../words/plain-text.ts';
import styles from './addresses.module.css';

/** Where it answers, and where it comes from. */
export function Addresses({ service }: { readonly service: Service }) {
  const { host, path } = service.urls;
  const { port } = service.effectiveSettings;
  const inside = `http://${service.slug}${port ? `:${port}` : ''}`;
  return (
    <Section title="Addresses">
      <dl className={styles.list}>
        {[...new Set([host, path])].map((url) => (
          <div key={url}>
            <dt>{url === host && host !== path ? 'By host' : 'By path'}</dt>
            <dd>
              <code>{url}</code> <CopyButton text={url} what="address" />
            </dd>
          </div>
        ))}
        <div>
          <dt>Inside {service.environment.slug}</dt>
          <dd>
            <code>{inside}</code> <CopyButton text={inside} what="address" />
          </dd>
        </div>
        {service.repository ? (
          <div>
            <dt>Repository</dt>
            <dd>
              <code>{plainLine(service.repository.fullName)}</code>
            </dd>
          </div>
        ) : null}
      </dl>
    </Section>
  );
}
