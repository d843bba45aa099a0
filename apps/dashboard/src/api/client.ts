import { createClient } from '@sconce/contract';
import { heardServerTime } from '../words/server-clock.ts';
import { takeEarlyAnswer } from './early-answers.ts';
import { sessionEnded } from './session.ts';

/** The API, with this browser's session. Whatever it is asked, an answer of 401 says that the session is over, and each answer says what time it is there. */
export const client = createClient({
  baseUrl: globalThis.location.origin,
  fetch: async (url, init) => {
    const early = await takeEarlyAnswer(String(url), init ?? {});
    const response = early?.response ?? (await globalThis.fetch(url, init));
    heardServerTime(response.headers.get('date'), early?.atMs ?? Date.now());
    if (response.status === 401) sessionEnded();
    return response;
  },
});
