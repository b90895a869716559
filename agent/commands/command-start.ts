import type { Clock } from '../../shared/time/clock.ts';
import type { AgentFrame } from '../../shared/wire/protocol.ts';
import type { SeenExit } from '../launch/launcher.ts';
import type { Started } from '../spool/spool-entry.ts';
import { writtenAt } from './end-finder.ts';
import { type FindStartDeps, findStart, type StartFinding } from './find-start.ts';

/** The start of one command, as its wrapper recorded it. */
export type CommandStart = {
  started(): Started | null;
  startedAt(): number | null;
  /** The command runs, or ran, in the present boot. */
  isThisBoot(): boolean;
  /** Looks for the record. The first look that finds it sends `command.started`. */
  look(): Promise<StartFinding>;
  /** Sends `command.started` again. */
  repeat(): void;
};

export type CommandStartDeps = Pick<FindStartDeps, 'entry' | 'launcher' | 'adopted' | 'acceptedThisBoot'> & {
  /** How the wrapper ended, if the launch knows; never rejects. */
  exited: Promise<SeenExit> | null;
  bootId: string;
  clock: Pick<Clock, 'now'>;
  send(frame: AgentFrame): void;
  /** The launch has seen the wrapper's end. */
  onExit(): void;
};

export function createCommandStart(deps: CommandStartDeps): CommandStart {
  const { entry, launcher, adopted, acceptedThisBoot, exited, clock } = deps;
  const { id, acceptedAt } = entry.spec;
  let started: Started | null = null;
  let startedAt: number | null = null;
  let seenExit: SeenExit | null = null;

  void exited?.then((seen) => {
    seenExit = seen;
    deps.onExit();
  });

  function repeat(): void {
    if (started && startedAt !== null)
      deps.send({ type: 'command.started', payload: { id, pid: started.wrapper.pid, startedAt } });
  }

  return {
    started: () => started,
    startedAt: () => startedAt,
    isThisBoot: () => started?.bootId === deps.bootId,
    async look() {
      const isUnseen = exited === null;
      const found = await findStart({ entry, launcher, adopted, acceptedThisBoot, isUnseen, seenExit: () => seenExit });
      if (found.kind === 'started') {
        started = found.started;
        startedAt = writtenAt(started, acceptedAt, clock.now());
        repeat();
      }
      return found;
    },
    repeat,
  };
}
