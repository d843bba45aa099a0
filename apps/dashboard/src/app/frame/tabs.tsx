import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import {
  activityPath,
  auditPath,
  environmentPath,
  environmentVariablesPath,
  homePath,
  type Place,
  poolsPath,
  projectPagePath,
  projectPath,
  servicePath,
  tokensPath,
} from '../paths.ts';
import styles from './tabs.module.css';

interface Tab {
  readonly name: string;
  readonly to: string;
  /** Pages below it belong to it. */
  readonly deep?: boolean;
  /** Another page that belongs to it. */
  readonly also?: string;
}

/** The pages of where one is. */
export function tabsOf(place: Place): readonly Tab[] {
  const { project, environment, service } = place;
  if (service !== null)
    return [
      { name: 'Overview', to: servicePath(service) },
      { name: 'Builds', to: servicePath(service, 'builds'), deep: true },
      { name: 'Releases', to: servicePath(service, 'releases'), deep: true },
      { name: 'Logs', to: servicePath(service, 'logs') },
      { name: 'Playground', to: servicePath(service, 'playground') },
      { name: 'Variables', to: servicePath(service, 'variables') },
      { name: 'Activity', to: servicePath(service, 'activity') },
      { name: 'Settings', to: servicePath(service, 'settings') },
    ];
  if (environment !== null)
    return [
      { name: 'Services', to: environmentPath(environment) },
      { name: 'Variables and secrets', to: environmentVariablesPath(environment) },
    ];
  if (project !== null)
    return [
      { name: 'Overview', to: projectPath(project) },
      { name: 'Activity', to: projectPagePath(project, 'activity'), also: projectPagePath(project, 'audit') },
      { name: 'Settings', to: projectPagePath(project, 'settings') },
    ];
  return [
    { name: 'Projects', to: homePath },
    { name: 'Node pools', to: poolsPath },
    { name: 'Activity', to: activityPath, also: auditPath },
    { name: 'Tokens', to: tokensPath },
  ];
}

export function Tabs({ place, pathname }: { readonly place: Place; readonly pathname: string }) {
  const tabs = tabsOf(place);
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again with each other page: on a narrow screen its tab may be out of view.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [pathname]);
  return (
    <nav ref={nav} className={styles.tabs} aria-label={pagesOf(place)}>
      {tabs.map(({ name, to, deep, also }) => (
        <Link
          key={to}
          href={to}
          className={styles.tab}
          aria-current={
            pathname === to || pathname === also || (deep && pathname.startsWith(`${to}/`)) ? 'page' : undefined
          }
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}

function pagesOf({ project, environment, service }: Place): string {
  if (service !== null) return 'Pages of the service';
  if (environment !== null) return 'Pages of the environment';
  return project !== null ? 'Pages of the project' : 'Pages of all projects';
}
