import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { type Clock, endedWithin } from '../../../shared/time/clock.ts';
import type { Api } from './route.ts';

/** How long the end of the server waits for answers. A stream has begun its answer and is not waited for. */
const LAST_MS = 1_000;

/**
 * At the server's end, requests that wait, such as for a commit, are answered before their connections are cut: without an answer
 * nobody knows whether the request was carried out. Later requests are refused.
 */
export function answerBeforeEnd(api: Api, clock: Clock): void {
  const open = new Set<ServerResponse>();
  let isEnding = false;
  api.addHook('onRequest', async (_request, { raw }) => {
    if (isEnding)
      throw new SwitchyardError('storage_unavailable', 'This coordinator is ending. Nothing was changed; ask again.');
    open.add(raw);
    raw.once('close', () => open.delete(raw));
  });
  api.addHook('preClose', async () => {
    isEnding = true;
    const due = [...open].filter(({ headersSent }) => !headersSent);
    if (due.length === 0) return;
    const answered = due.map((raw) => once(raw, 'close').catch(() => {}));
    await endedWithin(clock, Promise.all(answered), LAST_MS);
  });
}
