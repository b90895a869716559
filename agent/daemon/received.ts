import { assertNever } from '../../shared/assert-never.ts';
import type { CoordinatorFrame } from '../../shared/wire/protocol.ts';
import type { Runner } from '../commands/runner.ts';
import type { Guards } from '../guard/guards.ts';
import type { StoreMark } from '../state/store-mark.ts';
import type { Reporting } from './reporting.ts';

export type ReceivedDeps = {
  runner: Pick<Runner, 'run' | 'kill' | 'ackExit' | 'ackOutput'>;
  guards: Pick<Guards, 'decide'>;
  storeMark: Pick<StoreMark, 'learn'>;
  reporting: Pick<Reporting, 'askUnits' | 'beat'>;
};

/** Hands a frame of the coordinator to the part that acts on it. */
export function received({ runner, guards, storeMark, reporting }: ReceivedDeps, frame: CoordinatorFrame): void {
  switch (frame.type) {
    case 'command.run':
      runner.run(frame.payload);
      break;
    case 'command.kill':
      runner.kill(frame.payload);
      break;
    case 'command.keep':
      void guards.decide('keep', frame.payload.id);
      break;
    case 'command.undo':
      void guards.decide('undo', frame.payload.id);
      break;
    case 'command.exited.ack':
      storeMark.learn(frame.payload.storeMark);
      runner.ackExit(frame.payload.id);
      break;
    case 'command.output.ack':
      runner.ackOutput(frame.payload.id, frame.payload.offset);
      break;
    case 'heartbeat.request':
      reporting.askUnits();
      reporting.beat();
      break;
    case 'welcome':
    case 'error':
      break; // the connection's own
    default:
      assertNever(frame);
  }
}
