import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import {
  activityPath,
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
import { createKeyReader, type Keys } from './keys.ts';

interface KeyHandlers {
  readonly place: Place;
  readonly onPalette: () => void;
  readonly onHelp: () => void;
}

/** Keys for the whole page. While somebody types, only those with Ctrl; while a dialog asks, none. */
export function useKeys(handlers: KeyHandlers): void {
  const [, navigate] = useLocation();
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => {
    const read = createKeyReader(() => performance.now());
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
      if (isTyping(event.target) && !event.ctrlKey && !event.metaKey) return;
      const keys = read(event);
      if (keys === null) return;
      event.preventDefault();
      const { place, onPalette, onHelp } = latest.current;
      if (keys === 'Ctrl K') onPalette();
      else if (keys === '?') onHelp();
      else if (keys === 'j' || keys === 'k') moveRow(keys === 'j' ? 1 : -1);
      else if (keys === '.') first('[data-actions]')?.click();
      else if (keys === '/') first('[data-filter]')?.focus();
      else {
        const to = destinationOf(keys, place);
        if (to !== null) navigate(to);
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [navigate]);
}

const pages = { 'g b': 'builds', 'g r': 'releases', 'g l': 'logs' } as const;

/** Null where there is no such page: a project has no logs. */
export function destinationOf(keys: Keys, { project, environment, service }: Place): string | null {
  switch (keys) {
    case 'g h':
      return homePath;
    case 'g p':
      return project && projectPath(project);
    case 'g s':
      return service
        ? servicePath(service)
        : environment
          ? environmentPath(environment)
          : project && projectPath(project);
    case 'g v':
      return service ? servicePath(service, 'variables') : environment && environmentVariablesPath(environment);
    case 'g a':
      if (service) return servicePath(service, 'activity');
      return project ? projectPagePath(project, 'activity') : activityPath;
    case 'g o':
      return service ? servicePath(service, 'settings') : project && projectPagePath(project, 'settings');
    case 'g n':
      return poolsPath;
    case 'g t':
      return tokensPath;
    case 'g b':
    case 'g r':
    case 'g l':
      return service && servicePath(service, pages[keys]);
    default:
      return null;
  }
}

const first = (selector: string) => document.querySelector<HTMLElement>(selector);

/** Rows mark the one element in them that leads on. */
function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.findIndex((row) => row.matches(':focus'));
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio]), textarea, select');
}
