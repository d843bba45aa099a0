import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useCallback, useEffect, useState } from 'react';
import { cache } from '../api/cache.ts';
import { useSession } from '../api/session.ts';
import { Problem } from '../parts/problem.tsx';
import styles from './app.module.css';
import { enter, isStranger } from './enter.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Frame } from './frame/frame.tsx';
import { laterPage } from './load-page.ts';

/** Who is known needs neither. */
const SignInPage = laterPage(() => import('./sign-in/sign-in-page.tsx'), 'SignInPage');
const SignInAgain = laterPage(() => import('./sign-in/sign-in-again.tsx'), 'SignInAgain');

type Entrance = 'asking' | 'stranger' | 'inside' | { readonly error: unknown };

export function App() {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={cache}>
        <Door />
      </QueryClientProvider>
    </ErrorBoundary>
  );
}

/**
 * Who is not known signs in where they are: the address stays, so a link leads where it points. Once inside, the page stays as it is when the session
 * ends, with all that was typed, under the question who is there.
 */
function Door() {
  const [entrance, setEntrance] = useState<Entrance>('asking');
  const session = useSession();
  const ask = useCallback(() => {
    enter().then(
      () => setEntrance('inside'),
      (error: unknown) => setEntrance(isStranger(error) ? 'stranger' : { error }),
    );
  }, []);
  useEffect(ask, [ask]);
  if (entrance === 'asking') return null;
  if (entrance === 'stranger')
    return (
      <Suspense fallback={null}>
        <SignInPage onEntered={() => setEntrance('inside')} />
      </Suspense>
    );
  if (entrance !== 'inside')
    return (
      <main className={styles.alone}>
        <Problem error={entrance.error} onRetry={ask} />
      </main>
    );
  return (
    <>
      <Frame />
      <Suspense fallback={null}>{session === 'ended' ? <SignInAgain /> : null}</Suspense>
    </>
  );
}
