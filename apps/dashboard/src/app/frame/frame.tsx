import { Suspense, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { preloadSearchableList } from '../../parts/lazy-searchable-list.tsx';
import { ErrorBoundary } from '../error-boundary.tsx';
import { useKeys } from '../keyboard/use-keys.ts';
import { PageRoutes, preloadPages } from '../page-routes.tsx';
import { placeOf } from '../paths.ts';
import { whenIdle } from '../when-idle.ts';
import { Account } from './account.tsx';
import { Breadcrumb } from './breadcrumb.tsx';
import styles from './frame.module.css';
import { KeyboardHelp } from './keyboard-help.tsx';
import { LiveNotice } from './live-notice.tsx';
import { Moving } from './moving.tsx';
import { Palette, PaletteButton } from './palette.tsx';
import { Rail } from './rail.tsx';
import { Tabs } from './tabs.tsx';

/** What stands around every page. */
export function Frame() {
  const [pathname] = useLocation();
  const place = placeOf(pathname);
  const [open, setOpen] = useState<'palette' | 'help' | null>(null);
  const main = useFocusOnArrival(pathname);
  const near = useRef(place);
  near.current = place;
  // biome-ignore lint/correctness/useExhaustiveDependencies: again with each other page, from which other ones are near.
  useEffect(() => whenIdle(preloadSearchableList, () => preloadPages(near.current)), [pathname]);
  useKeys({ place, onPalette: () => setOpen('palette'), onHelp: () => setOpen('help') });
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <Rail place={place} />
      <div className={styles.side}>
        <header className={styles.top}>
          <Breadcrumb place={place} />
          <div className={styles.tools}>
            <PaletteButton onOpen={() => setOpen('palette')} />
            <Moving />
            <Account onHelp={() => setOpen('help')} />
          </div>
        </header>
        <Tabs place={place} pathname={pathname} />
        <LiveNotice />
        <main id="main" ref={main} tabIndex={-1} className={styles.main}>
          <ErrorBoundary place={pathname}>
            <Suspense fallback={null}>
              <PageRoutes />
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      {open === 'palette' ? (
        <Palette place={place} onClose={() => setOpen(null)} onHelp={() => setOpen('help')} />
      ) : null}
      {open === 'help' ? <KeyboardHelp onClose={() => setOpen(null)} /> : null}
    </div>
  );
}

/** Another page begins at its top, and what reads the screen begins there too. */
function useFocusOnArrival(pathname: string) {
  const main = useRef<HTMLElement>(null);
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [pathname]);
  return main;
}
