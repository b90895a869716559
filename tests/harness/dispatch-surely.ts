import { randomUUID } from 'node:crypto';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { DispatchRequest } from '../../shared/model/dispatch.ts';
import type { System } from './system.ts';

/**
 * Dispatches although the coordinator may be dead, die of it, or have no room: repeats the request with the same Idempotency-Key
 * until it is answered, so that it is one command whatever happened. Resolves to its id.
 */
export async function dispatchSurely(
  { api, shared }: System,
  op: string,
  host: string,
  more: Partial<DispatchRequest> = {},
): Promise<string> {
  const headers = { 'idempotency-key': randomUUID() };
  const body = { op, hosts: [host], queueMs: 60_000, ...more };
  const { answer } = await waitFor(
    `an answer to ${op} on ${host}`,
    () => api.dispatch(body, headers),
    ({ status }) => status < 500,
    shared ? 180_000 : 30_000,
  );
  const [result] = answer.results ?? [];
  if (!result) throw new Error(`${op} on ${host}: ${JSON.stringify(answer)}`);
  return result.commandId;
}
