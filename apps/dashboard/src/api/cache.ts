import { QueryClient } from '@tanstack/react-query';

/**
 * What the pages know. The event stream says what is no longer so (live/), so nothing goes stale by time, and nothing is asked twice; the typed
 * client repeats what may be repeated.
 */
export const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 10 * 60_000,
      retry: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});
