import type { Command } from '../../../shared/command.ts';
import type { Dispatch } from '../../../shared/dispatch.ts';
import type { Client } from './client.ts';

export type DispatchView = Dispatch & { commands: Command[] };

/** A dispatch with all of its commands, however many pages they are; null where there is no such dispatch. */
export async function dispatchOf(client: Pick<Client, 'json'>, id: string): Promise<DispatchView | null> {
  type Page = DispatchView & { next: string | null };
  const path = `/api/dispatches/${id}`;
  const { status, body } = await client.json<Page>(path, { accepts: [404] });
  if (status === 404) return null;
  const { next: rest, ...dispatch } = body;
  // A coordinator of an older version has one page alone.
  for (let next = rest ?? null; next !== null; ) {
    const page = (await client.json<Page>(`${path}?after=${next}`)).body;
    dispatch.commands.push(...page.commands);
    next = page.next;
  }
  return dispatch;
}
