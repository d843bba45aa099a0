import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'dark' | 'light';
export const themes: readonly Theme[] = ['system', 'dark', 'light'];

const key = 'sconce-theme';
const listeners = new Set<() => void>();
let theme: Theme = read();
apply();

function read(): Theme {
  // Storage may be forbidden; then the system's theme it is.
  try {
    const kept = localStorage.getItem(key);
    return themes.find((one) => one === kept) ?? 'system';
  } catch {
    return 'system';
  }
}

function apply(): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function setTheme(next: Theme): void {
  theme = next;
  apply();
  try {
    localStorage.setItem(key, next);
  } catch {
    // It holds for this visit.
  }
  for (const listener of [...listeners]) listener();
}

export const useTheme = (): Theme =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => theme,
  );
