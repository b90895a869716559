import type { Clock } from '../../shared/time/clock.ts';
import { CLOSE, type OutputChunk } from '../../shared/wire/protocol.ts';
import type { Feed } from '../engine/changes.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Session, Sessions } from '../engine/sessions.ts';
import { outputEnd } from '../lifecycle/record.ts';
import type { OutputLog } from '../output/log.ts';
import type { FormerCommands } from './former-commands.ts';
import type { SessionTurns } from './session-turn.ts';

export type OutputIntakeDeps = {
  clock: Clock;
  engine: Pick<Engine, 'apply'>;
  ledger: Pick<Ledger, 'get'>;
  sessions: Pick<Sessions, 'spoke'>;
  outputs: Pick<OutputLog, 'append' | 'resumeAt' | 'size'>;
  feed: Pick<Feed, 'publish'>;
  former: Pick<FormerCommands, 'isFormer'>;
  turns: SessionTurns;
};

/**
 * Takes a piece of output, in the turn of its host. It is acknowledged once it is durable and counted. False if the command is
 * another host's.
 */
export function createTakeOutput(deps: OutputIntakeDeps): (session: Session, chunk: OutputChunk) => boolean {
  const { clock, engine, ledger, sessions, outputs, feed, former, turns } = deps;

  /** `end`: the length of the command's output, as far as it is known. */
  function append(session: Session, { commandId, offset, bytes }: OutputChunk, end: number): void {
    const ack = ackOf(session, commandId);
    sessions.spoke(session, commandId);
    // Output beyond the length named at its end is dropped, like output past the limit, but only once everything below that
    // length is here.
    if (offset >= end && bytes.length > 0) {
      ack(outputs.size(commandId) >= end ? offset + bytes.length : outputs.resumeAt(commandId));
      return;
    }
    outputs.append(commandId, offset, bytes.subarray(0, end - offset), ({ acked, bytes: held, truncated }) => {
      const counted = turns.within(session, [commandId], () => {
        const total = Math.max(ledger.get(commandId)?.command.output.total ?? 0, acked);
        // A later piece may have been counted while the record was read for this one.
        const bytes = Math.max(held, outputs.size(commandId));
        engine.apply(commandId, { type: 'output', at: clock.now(), bytes, total, truncated });
        turns.onceDurable(session, () => {
          ack(acked);
          feed.publish([{ type: 'output', commandId, bytes }]);
        });
      });
      if (counted instanceof Promise) counted.catch(() => session.close(CLOSE.tryLater, 'the store cannot be read'));
    });
  }

  return (session, chunk) => {
    const { commandId, offset, bytes } = chunk;
    const record = ledger.get(commandId);
    if (!record || former.isFormer(record)) ackOf(session, commandId)(offset + bytes.length);
    else if (record.command.hostId !== session.hostId) return false;
    else append(session, chunk, outputEnd(record));
    return true;
  };
}

const ackOf =
  (session: Session, id: string) =>
  (offset: number): void =>
    session.send({ type: 'command.output.ack', payload: { id, offset } });
