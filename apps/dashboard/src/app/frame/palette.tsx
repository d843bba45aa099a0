import { stateOfService } from '@sconce/contract';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { projectsQuery, servicesQuery } from '../../api/queries.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LazySearchableList } from '../../parts/lazy-searchable-list.tsx';
import type { Choice } from '../../parts/searchable-list.tsx';
import { StateShape } from '../../parts/state-mark.tsx';
import {
  accountPath,
  activityPath,
  environmentPath,
  environmentVariablesPath,
  homePath,
  type Place,
  poolsPath,
  projectPagePath,
  projectPages,
  projectPath,
  servicePages,
  servicePath,
  tokensPath,
} from '../paths.ts';
import { setTheme } from '../theme.ts';
import { signOut } from './account.tsx';
import styles from './palette.module.css';
import { tabsOf } from './tabs.tsx';

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export function PaletteButton({ onOpen }: { readonly onOpen: () => void }) {
  return (
    <button type="button" className={styles.opener} onClick={onOpen}>
      <Icon name="search" />
      <span className={styles.word} aria-hidden="true">
        Find
      </span>
      <span className="visually-hidden">Find anything</span>
      <span className={styles.keys} aria-hidden="true">
        {isMac ? '⌘K' : 'Ctrl K'}
      </span>
    </button>
  );
}

interface PaletteProps {
  readonly place: Place;
  readonly onClose: () => void;
  readonly onHelp: () => void;
}

/** Everything there is to go to, and what can be done anywhere. */
export function Palette({ place, onClose, onHelp }: PaletteProps) {
  const [, navigate] = useLocation();
  const { data: projects = [] } = useQuery(projectsQuery);
  const { data: services = [] } = useQuery(servicesQuery);
  const go = (path: string) => () => navigate(path);
  const here: Choice[] = tabsOf(place).map(({ name, to }) => ({
    id: `here ${to}`,
    text: name,
    group: 'Here',
    run: go(to),
  }));
  const environments = [...new Set(services.map(({ path }) => path.split('/').slice(0, 2).join('/')))];
  const choices: readonly Choice[] = [
    ...here,
    ...services.map((service) => ({
      id: service.id,
      text: service.path,
      group: 'Services',
      shown: (
        <>
          <StateShape state={stateOfService(service)} />
          {service.path}
        </>
      ),
      run: go(servicePath(service.path)),
    })),
    ...environments.map((path) => ({
      id: `env ${path}`,
      text: path,
      group: 'Environments',
      run: go(environmentPath(path)),
    })),
    { id: 'home', text: 'All projects', group: 'Projects', run: go(homePath) },
    { id: 'account', text: 'Your account: password, passkeys, sessions', group: 'You', run: go(accountPath) },
    ...projects.map(({ id, slug }) => ({ id, text: slug, group: 'Projects', run: go(projectPath(slug)) })),
    { id: 'pools', text: 'Node pools', group: 'Pages', run: go(poolsPath) },
    { id: 'activity', text: 'Activity of all projects', group: 'Pages', run: go(activityPath) },
    { id: 'tokens', text: 'Tokens', group: 'Pages', run: go(tokensPath) },
    ...projects.flatMap(({ id, slug, role }) =>
      projectPages
        .filter((page) => page !== 'audit' || role === 'admin')
        .map((page) => ({
          id: `${id} ${page}`,
          text: `${slug} ${page}`,
          group: 'Pages',
          run: go(projectPagePath(slug, page)),
        })),
    ),
    ...environments.map((path) => ({
      id: `env ${path} variables`,
      text: `${path} variables and secrets`,
      group: 'Pages',
      run: go(environmentVariablesPath(path)),
    })),
    ...services.flatMap(({ id, path }) =>
      servicePages.map((page) => ({
        id: `${id} ${page}`,
        text: `${path} ${page}`,
        group: 'Pages',
        run: go(servicePath(path, page)),
      })),
    ),
    { id: 'help', text: 'Keys', group: 'Do', run: onHelp },
    { id: 'dark', text: 'Dark colours', group: 'Do', run: () => setTheme('dark') },
    { id: 'light', text: 'Light colours', group: 'Do', run: () => setTheme('light') },
    { id: 'system', text: 'Colours as the system has them', group: 'Do', run: () => setTheme('system') },
    { id: 'out', text: 'Sign out', group: 'Do', run: () => void signOut() },
  ];
  return (
    <Dialog title="Find anything" onClose={onClose} look="bare">
      <LazySearchableList
        choices={choices}
        label="Find a service, a page, an action"
        empty="Nothing of this name"
        onChosen={onClose}
      />
    </Dialog>
  );
}
