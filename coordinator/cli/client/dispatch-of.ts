import type { DispatchView } from '../../../shared/api/resources.ts';
import type { Client } from './client.ts';

export type WholeDispatch = Omit<DispatchView, 'next'>;

/** A dispatch with all of its commands, over all pages; null if there is no such dispatch. */
export async function dispatchOf(client: Pick<Client, 'json'>, id: string): Promise<WholeDispatch | null> {
  const path = `/api/dispatches/${id}`;
  const { status, body } = await client.json<DispatchView>(path, { accepts: [404] });
  if (status === 404) return null;
  const { next: rest, ...dispatch } = body;
  // An older coordinator answers with a single page.
  for (let next = rest ?? null; next !== null; ) {
    const page = (await client.json<DispatchView>(`${path}?after=${next}`)).body;
    dispatch.commands.push(...page.commands);
    next = page.next;
  }
  return dispatch;
}
