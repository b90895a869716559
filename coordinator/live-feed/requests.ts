import { assertNever } from '../../shared/assert-never.ts';
import { FEED_REQUESTS, type FeedRequest } from '../../shared/feed/frames.ts';
import { lazyValidator } from '../../shared/lazy-validator.ts';
import { isFinal } from '../../shared/model/output-arrival.ts';
import { CLOSE, MAX_BAD_FRAMES } from '../../shared/wire/protocol.ts';
import { allows, FEED_MESSAGES } from '../auth/permissions.ts';
import type { Log } from '../config/log.ts';
import type { HoldingOf } from '../hosts/output-holding.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { OutputLog } from '../output/log.ts';
import type { OutputReader } from '../output/reader.ts';
import { type Read, whenRead } from '../store/read.ts';
import type { LiveFeedClient } from './client.ts';
import { subscribeOutput } from './output.ts';

export type LiveFeedRequestsDeps = {
  log: Log;
  reader: Pick<OutputReader, 'slice'>;
  outputs: Pick<OutputLog, 'know' | 'size'>;
  holdingOf: HoldingOf;
  /** As stored. */
  record: (commandId: string) => Read<CommandRecord | null>;
};

/** Outputs that one client may follow at a time. */
const MAX_OUTPUTS = 100;

const validators = new Map(Object.entries(FEED_REQUESTS).map(([type, schema]) => [type, lazyValidator(schema)]));

/** Does what the client asks for. Bad frames are answered, and limited like an agent's. An unknown type is ignored. */
export function answerRequest(deps: LiveFeedRequestsDeps, client: LiveFeedClient, text: string | null): Read<void> {
  const request = read(text);
  if (request === 'unknown') return;
  if ('fault' in request) refuse(client, request.fault);
  else if (!allows(client.principal, FEED_MESSAGES[request.type]))
    client.send({ type: 'error', code: 'forbidden', detail: `Your grants do not allow ${request.type}` });
  else return answer(deps, client, request);
}

function read(text: string | null): FeedRequest | { fault: string } | 'unknown' {
  if (text === null) return { fault: 'frames are text' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'not JSON' };
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
    return { fault: 'a frame is an object with a type' };
  const { type } = value;
  const validator = validators.get(type)?.();
  if (!validator) return 'unknown';
  if (validator.Check(value)) return value as FeedRequest;
  const [fault] = validator.Errors(value);
  return { fault: `${type}: ${fault?.instancePath ?? ''} ${fault?.message ?? 'does not fit its schema'}` };
}

function refuse(client: LiveFeedClient, detail: string): void {
  client.badFrames += 1;
  client.send({ type: 'error', code: 'bad_frame', detail });
  if (client.badFrames >= MAX_BAD_FRAMES) client.socket.close(CLOSE.badFrames, 'too many bad frames');
}

function answer(deps: LiveFeedRequestsDeps, client: LiveFeedClient, request: FeedRequest): Read<void> {
  switch (request.type) {
    case 'get_state':
      client.oweState();
      break;
    case 'subscribe_output':
      return whenRead(deps.record(request.commandId), (record) => {
        if (record) subscribe(deps, client, request.commandId, request.offset);
        else
          client.send({ type: 'error', code: 'unknown_command', detail: `No command has the id ${request.commandId}` });
      });
    case 'unsubscribe_output':
      client.outputs.get(request.commandId)?.close();
      client.outputs.delete(request.commandId);
      break;
    default:
      assertNever(request);
  }
}

/** A second subscription to the same output replaces the first. */
function subscribe(deps: LiveFeedRequestsDeps, client: LiveFeedClient, commandId: string, offset: number): void {
  const { log, reader, outputs, holdingOf, record } = deps;
  const isNew = !client.outputs.has(commandId);
  if (isNew && client.outputs.size >= MAX_OUTPUTS) {
    client.send({ type: 'error', code: 'limit_reached', detail: `A client may follow ${MAX_OUTPUTS} outputs` });
    return;
  }
  client.outputs.get(commandId)?.close();
  const subscription = subscribeOutput(
    {
      reader,
      size: () => whenRead(outputs.know([commandId]), () => outputs.size(commandId)),
      mayGrow: () =>
        whenRead(
          record(commandId),
          (now) => now !== null && whenRead(holdingOf(now), ({ arrival }) => !isFinal(arrival)),
        ),
      room: client.room,
      send: client.sendOutput,
      onFailed: (err) => log.error({ err, commandId }, 'output could not be read for the live feed'),
    },
    { commandId, offset },
  );
  client.outputs.set(commandId, subscription);
}
