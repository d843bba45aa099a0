import type { Service } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { cache } from '../../api/cache.ts';
import { repositoriesQuery } from '../../api/queries.ts';
import { useMay } from '../../api/rights.ts';
import { environmentPath } from '../../app/paths.ts';
import { useTitle } from '../../app/use-title.ts';
import { Section } from '../../parts/section.tsx';
import { Select } from '../../parts/select.tsx';
import { DangerZone } from '../removal/danger-zone.tsx';
import { OfService } from '../service/of-service.tsx';
import styles from './service-settings.module.css';
import { settingGroups } from './setting-fields.ts';
import { SettingRow } from './setting-row.tsx';
import { SettingsChanges } from './settings-changes.tsx';
import { repositoryKey, type SettingsDraft, useSettingsDraft } from './use-settings-draft.ts';

/** How a service is built and run. What people set here is a layer above sconce.yaml, and each line says which of the two speaks. */
export function ServiceSettingsPage({ path }: { readonly path: string }) {
  useTitle(`Settings of ${path}`);
  return (
    <OfService path={path} what="the settings" rows={12}>
      {(service) => <Settings service={service} />}
    </OfService>
  );
}

function Settings({ service }: { readonly service: Service }) {
  const [, navigate] = useLocation();
  const draft = useSettingsDraft(service);
  const mayWrite = useMay(service.project.slug, 'write');
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Settings of {service.slug}</h1>
      <p className={styles.about}>
        What is set here stands above <code>sconce.yaml</code>, which stands above the defaults. The next release takes
        it up.
      </p>
      <Section title="Source">
        <RepositoryRow service={service} draft={draft} mayWrite={mayWrite} />
      </Section>
      {settingGroups.map(({ title, fields }) => (
        <Section key={title} title={title}>
          {fields.map((field) => (
            <SettingRow key={field.key} service={service} field={field} draft={draft} mayWrite={mayWrite} />
          ))}
        </Section>
      ))}
      <div className={styles.dock}>
        <SettingsChanges draft={draft} />
      </div>
      {mayWrite ? (
        <DangerZone
          kind="service"
          id={service.id}
          path={service.path}
          version={service.version}
          about="Removing the service stops it, and its addresses answer no more. Its volumes stay with the environment."
          onRemoved={() => {
            navigate(environmentPath(service.path.split('/').slice(0, 2).join('/')));
            void cache.invalidateQueries({ queryKey: ['services'] });
          }}
        />
      ) : null}
    </div>
  );
}

interface RepositoryRowProps {
  readonly service: Service;
  readonly draft: SettingsDraft;
  readonly mayWrite: boolean;
}

function RepositoryRow({ service, draft, mayWrite }: RepositoryRowProps) {
  const repositories = useQuery(repositoriesQuery(service.project.slug)).data ?? [];
  const now = service.repository?.slug ?? '';
  const slugs = repositories.map(({ slug }) => slug);
  return (
    <div className={styles.narrow}>
      <Select
        label="Repository"
        about="Pushes to it are built for this service, where a branch rule says so."
        value={draft.texts[repositoryKey] ?? now}
        disabled={!mayWrite}
        onChoose={(slug) => (slug === now ? draft.undo(repositoryKey) : draft.type(repositoryKey, slug))}
      >
        <option value="">None: images are deployed by hand</option>
        {(now && !slugs.includes(now) ? [now, ...slugs] : slugs).map((slug) => (
          <option key={slug} value={slug}>
            {slug}
          </option>
        ))}
      </Select>
    </div>
  );
}
