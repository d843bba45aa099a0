import { Route, Switch } from 'wouter';
import { MissingPage } from '../pages/missing/missing-page.tsx';
import { EnvironmentPage } from '../pages/overview/environment-page.tsx';
import { HomePage } from '../pages/overview/home-page.tsx';
import { ProjectPage } from '../pages/overview/project-page.tsx';
import { ServicePage } from '../pages/service/service-page.tsx';
import { laterPage } from './load-page.ts';
import { accountPath, type Place } from './paths.ts';

/** What people arrive at comes with the first script; what they go on to is fetched while they look. */
const BuildsPage = laterPage(() => import('../pages/build/builds-page.tsx'), 'BuildsPage');
const BuildPage = laterPage(() => import('../pages/build/build-page.tsx'), 'BuildPage');
const ReleasesPage = laterPage(() => import('../pages/releases/releases-page.tsx'), 'ReleasesPage');
const ReleasePage = laterPage(() => import('../pages/releases/release-page.tsx'), 'ReleasePage');
const LogsPage = laterPage(() => import('../pages/logs/logs-page.tsx'), 'LogsPage');
const ServiceVariablesPage = laterPage(
  () => import('../pages/variables/service-variables-page.tsx'),
  'ServiceVariablesPage',
);
const EnvironmentVariablesPage = laterPage(
  () => import('../pages/variables/environment-variables-page.tsx'),
  'EnvironmentVariablesPage',
);
const ServiceSettingsPage = laterPage(
  () => import('../pages/service-settings/service-settings-page.tsx'),
  'ServiceSettingsPage',
);
const ProjectSettingsPage = laterPage(
  () => import('../pages/settings/project-settings-page.tsx'),
  'ProjectSettingsPage',
);
const ActivityPage = laterPage(() => import('../pages/activity/activity-page.tsx'), 'ActivityPage');
const AuditPage = laterPage(() => import('../pages/activity/audit-page.tsx'), 'AuditPage');
const NodePoolsPage = laterPage(() => import('../pages/hardware/node-pools-page.tsx'), 'NodePoolsPage');
const TokensPage = laterPage(() => import('../pages/tokens/tokens-page.tsx'), 'TokensPage');
/** Seldom gone to, or large: fetched when they are gone to, since what comes ahead has to stay small. */
const AccountPage = laterPage(() => import('../pages/account/account-page.tsx'), 'AccountPage');
const PlaygroundPage = laterPage(() => import('../pages/playground/playground-page.tsx'), 'PlaygroundPage');
const DeployPage = laterPage(() => import('../pages/deploy/deploy-page.tsx'), 'DeployPage');

const nearServices = [
  ...[BuildsPage, BuildPage, ReleasesPage, ReleasePage, LogsPage],
  ...[ServiceVariablesPage, ActivityPage, ServiceSettingsPage],
];

/** What one press may show next, so that it is there at once; what is further away waits until somebody comes nearer. */
function oneStepFrom({ project, environment, service }: Place): readonly { preload(): Promise<void> }[] {
  if (service !== null) return nearServices;
  if (environment !== null) return [EnvironmentVariablesPage];
  return project !== null ? [ActivityPage, ProjectSettingsPage] : [ActivityPage, NodePoolsPage, TokensPage];
}

export function preloadPages(place: Place): void {
  for (const page of oneStepFrom(place)) void page.preload();
}

/** Which page an address shows. Each is keyed by what it is about, so that nothing of another one's state stays in it. */
export function PageRoutes() {
  return (
    <Switch>
      <Route path="/">
        <HomePage />
      </Route>
      <Route path="/pools">
        <NodePoolsPage />
      </Route>
      <Route path="/activity">
        <ActivityPage of={{ kind: 'all' }} />
      </Route>
      <Route path="/audit">
        <AuditPage project={null} />
      </Route>
      <Route path="/tokens">
        <TokensPage />
      </Route>
      <Route path="/p/-/deploy">
        <DeployPage />
      </Route>
      <Route path="/p/:project">{({ project }) => <ProjectPage key={project} project={project} />}</Route>
      <Route path="/p/:project/-/settings">
        {({ project }) => <ProjectSettingsPage key={project} slug={project} />}
      </Route>
      <Route path="/p/:project/-/activity">
        {({ project }) => <ActivityPage key={project} of={{ kind: 'project', path: project }} />}
      </Route>
      <Route path="/p/:project/-/audit">{({ project }) => <AuditPage key={project} project={project} />}</Route>
      <Route path="/p/:project/:environment">
        {({ project, environment }) => (
          <EnvironmentPage key={`${project}/${environment}`} path={`${project}/${environment}`} />
        )}
      </Route>
      <Route path="/p/:project/:environment/-/variables">
        {({ project, environment }) => (
          <EnvironmentVariablesPage key={`${project}/${environment}`} path={`${project}/${environment}`} />
        )}
      </Route>
      <Route path="/p/:project/:environment/:service">
        {(slugs) => <ServicePage key={pathOf(slugs)} path={pathOf(slugs)} />}
      </Route>
      <Route path="/p/:project/:environment/:service/builds">
        {(slugs) => <BuildsPage key={pathOf(slugs)} path={pathOf(slugs)} />}
      </Route>
      <Route path="/p/:project/:environment/:service/builds/:build">
        {({ build, ...slugs }) => <BuildPage key={build} path={pathOf(slugs)} id={build} />}
      </Route>
      <Route path="/p/:project/:environment/:service/releases">
        {(slugs) => <ReleasesPage key={pathOf(slugs)} path={pathOf(slugs)} />}
      </Route>
      <Route path="/p/:project/:environment/:service/releases/:release">
        {({ release, ...slugs }) => (
          <ReleasePage key={`${pathOf(slugs)} ${release}`} path={pathOf(slugs)} name={release} />
        )}
      </Route>
      <Route path="/p/:project/:environment/:service/logs">
        {(slugs) => <LogsPage key={pathOf(slugs)} path={pathOf(slugs)} />}
      </Route>
      <Route path={accountPath}>
        <AccountPage />
      </Route>
      <Route path="/p/:project/:environment/:service/variables">
        {(slugs) => <ServiceVariablesPage key={pathOf(slugs)} path={pathOf(slugs)} />}
      </Route>
      <Route path="/p/:project/:environment/:service/activity">
        {(slugs) => <ActivityPage key={pathOf(slugs)} of={{ kind: 'service', path: pathOf(slugs) }} />}
      </Route>
      <Route path="/p/:project/:environment/:service/settings">
        {(slugs) => <ServiceSettingsPage key={pathOf(slugs)} path={pathOf(slugs)} />}
      </Route>
      <Route path="/p/:project/:environment/:service/playground">
        {(slugs) => <PlaygroundPage key={pathOf(slugs)} path={pathOf(slugs)} />}
      </Route>
      <Route>
        <MissingPage />
      </Route>
    </Switch>
  );
}

interface Slugs {
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

const pathOf = ({ project, environment, service }: Slugs): string => `${project}/${environment}/${service}`;
