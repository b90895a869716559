import type { ListPage } from '../../../shared/api/resources.ts';
import { named } from '../../../shared/model/actor.ts';
import type { Event } from '../../../shared/model/event.ts';
import { timeoutAnswerIn } from '../../../shared/model/timeout-answer.ts';
import type { Client } from '../client/client.ts';
import { Failure } from '../grammar/failure.ts';

const EVENTS = 500;

/** `admin answered first: waits 5 min more`; null if nobody did: the command ended by itself, or the coordinator can't be asked. */
export async function answeredFirst(client: Client, commandId: string): Promise<string | null> {
  try {
    const { body } = await client.json<ListPage<Event, number>>(`/api/events?command=${commandId}&limit=${EVENTS}`);
    const answer = timeoutAnswerIn(body.items);
    return answer ? `${named(answer.actor, answer.actorName)} answered first: ${deedIn(answer)}` : null;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** The event's message without the op and the actor in front. */
const deedIn = ({ message, actor }: Event): string => {
  const words = message.replace(/^[^:]{1,64}: /, '');
  return words.startsWith(`${actor} `) ? words.slice(actor.length + 1) : words;
};
