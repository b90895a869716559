import type { Report } from '../../shared/model/report.ts';
import type { Target } from '../../shared/model/target.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { AgentFrame, Heartbeat, Hello, OutputChunk } from '../../shared/wire/protocol.ts';
import type { Feed } from '../engine/changes.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Session, Sessions } from '../engine/sessions.ts';
import type { StoreMark } from '../engine/store-mark.ts';
import type { Roster } from '../hosts/roster.ts';
import { mayCutOff } from '../lifecycle/reboot.ts';
import { type CommandRecord, runsOnHost } from '../lifecycle/record.ts';
import type { OutputLog } from '../output/log.ts';
import { type Read, whenRead } from '../store/read.ts';
import { type CommandFrame, commandsOf, eventOf, isFinalWord, opIn, runningIn } from './command-frames.ts';
import { createFormerCommands, endOf } from './former-commands.ts';
import { createTakeHello } from './hello.ts';
import { createHostWords } from './host-words.ts';
import { createTakeOutput } from './output-intake.ts';
import { repeatIn } from './repeat.ts';
import { createSessionTurns } from './session-turn.ts';
import { createUnrecordedCommands } from './unrecorded-commands.ts';

/**
 * Turns frames of agents into events of their commands.
 * A1 A frame counts only on the session that speaks for its host, and only about a command of that host.
 * A2 A command's final frame is acknowledged once it is durable, each time it arrives.
 * A3 After a hello the welcome leaves first, then the frames that the hello calls for (docs/protocol.md section 2, rule 4).
 * A4 If a failed write loses a frame about a command, the connection ends, and the agent repeats everything
 *    on the next one. Heartbeats come again anyway.
 * A5 Each host's frames have a turn of their own. If its write fails, no other host's frames are lost.
 * A6 The records that a frame names are read before it is handled. The connection's next frame waits until then (order.ts).
 */
export type Intake = {
  hello(session: Session, hello: Hello): Read<void>;
  /** Takes a heartbeat that repeats the report held of its host. False for any other text, which is then to be decoded. */
  repeat(session: Session, text: string): boolean;
  /** False if the frame is about a command of another host. */
  frame(session: Session, frame: Exclude<AgentFrame, { type: 'hello' }>): Read<boolean>;
  /** False as above. */
  output(session: Session, chunk: OutputChunk): Read<boolean>;
  /** A frame of this type was cut at these places, because something was too long or did not fit. */
  cut(session: Session, type: string, places: readonly string[]): void;
  /** The host sends too much and is read more slowly. */
  slowed(session: Session): void;
  closed(session: Session): void;
  readonly traffic: Readonly<Traffic>;
};

/** Counts since the start. */
export type Traffic = { heartbeats: number; outputBytes: number };

export type IntakeDeps = {
  clock: Clock;
  engine: Pick<Engine, 'apply'>;
  ledger: Ledger;
  roster: Roster;
  sessions: Sessions;
  outputs: Pick<OutputLog, 'append' | 'know' | 'resumeAt' | 'size'>;
  feed: Feed;
  target: () => Target | null;
  storeMark: StoreMark;
  /** Reads the records needed by a dispatch to the host. */
  prepare: (hostId: string) => Read<void>;
  /** A change of the host may free a queued command. */
  onHostChanged: (hostId: string) => void;
};

export function createIntake(deps: IntakeDeps): Intake {
  const { clock, engine, ledger, roster, sessions, outputs, feed, onHostChanged } = deps;

  /** The mark for an acknowledgement. An agent that keeps marks stores it with the command that it then drops. */
  function markFor({ hello }: Session): { storeMark?: number } {
    const mark = hello.features?.includes('store_mark') ? deps.storeMark.now() : null;
    return mark === null ? {} : { storeMark: mark };
  }

  const traffic: Traffic = { heartbeats: 0, outputBytes: 0 };
  const words = createHostWords({ clock, ledger, roster });

  const turns = createSessionTurns({ ledger, roster, target: deps.target });
  const { sightingOf, onceDurable, closeIfLost } = turns;
  const former = createFormerCommands({ ledger, roster, say: words.say });
  const unrecorded = createUnrecordedCommands({ ledger, roster, say: words.say });
  const takeHello = createTakeHello({
    clock,
    engine,
    ledger,
    roster,
    sessions,
    outputs,
    feed,
    words,
    former,
    unrecorded,
    storeMark: deps.storeMark,
    turns,
    onHostChanged,
  });
  const takeOutput = createTakeOutput({ clock, engine, ledger, sessions, outputs, feed, former, turns });

  function heartbeat(session: Session, frame: Heartbeat): void {
    const { hostId } = session;
    const known = roster.byId(hostId)?.known;
    const guardBefore = known?.report.guard?.state;
    roster.heartbeat(hostId, frame);
    const report = known?.report ?? frame.report;
    beaten(session, report, report.guard?.state !== guardBefore);
  }

  function beaten(session: Session, report: Report, isOtherGuard: boolean): void {
    const { hostId } = session;
    // One report per host is enough: the hello's would stay as long as its connection.
    session.hello.report = report;
    for (const { command, guard } of ledger.live(hostId))
      if (guard || command.status === 'AWAITING_POST_CHECK' || command.status === 'AWAITING_RECONNECT')
        engine.apply(command.id, { type: 'report', at: clock.now(), sighting: sightingOf(session) });
    feed.publish([{ type: 'host', hostId }, ...(isOtherGuard ? [{ type: 'attention' as const }] : [])]);
    onHostChanged(hostId);
  }

  function commandFrame(session: Session, frame: CommandFrame): boolean {
    const { id } = frame.payload;
    const record = ledger.get(id);
    const isFormer = former.isFormer(record);
    if (record && !isFormer && record.command.hostId !== session.hostId) return false;
    if (record && isFormer && isFinalWord(frame)) former.ended(session.hostId, record, frame);
    if (!record && isFinalWord(frame))
      unrecorded.ended(session.hostId, frame, frame.payload.op ?? opIn(session.hello, id));
    if (record && !isFormer) sessions.spoke(session, id);
    // A kill's own command is never on a host, so a frame that names it there says nothing.
    if (record && !isFormer && runsOnHost(record)) {
      const rebooting = () => ledger.live(session.hostId).some((reboot) => mayCutOff(reboot, record));
      engine.apply(id, eventOf(frame, clock.now(), { sighting: () => sightingOf(session), rebooting }));
      if (isFinalWord(frame) && record.command.lateResult === null && ledger.get(id)?.command.lateResult)
        words.late(record.command, endOf(frame));
      closeIfLost(session);
    }
    if (isFinalWord(frame)) {
      roster.clearRunning(session.hostId, id);
      onceDurable(session, () => {
        session.send({ type: 'command.exited.ack', payload: { id, ...markFor(session) } });
        onHostChanged(session.hostId);
      });
    }
    return true;
  }

  const heard = {
    frame(session: Session, frame: Exclude<AgentFrame, { type: 'hello' }>): boolean {
      if (!sessions.isCurrent(session)) return true;
      if (frame.type !== 'heartbeat') return commandFrame(session, frame);
      heartbeat(session, frame.payload);
      return true;
    },
    output: (session: Session, chunk: OutputChunk): boolean =>
      sessions.isCurrent(session) ? takeOutput(session, chunk) : true,
    closed(session: Session): void {
      if (!sessions.drop(session)) return;
      const { hostId } = session;
      roster.disconnected(hostId);
      // The removal of a host was reported when it happened.
      const live = ledger.live(hostId);
      if (roster.byId(hostId)) words.offline(hostId, live.find(endsConnection)?.command.op ?? null);
      for (const { command } of live) engine.apply(command.id, { type: 'disconnected', at: clock.now() });
      feed.publish([{ type: 'host', hostId }]);
    },
  };
  return {
    repeat(session, text) {
      const { hostId } = session;
      const host = sessions.isCurrent(session) ? roster.byId(hostId) : null;
      const held = host?.known?.report;
      // The record of a running command may have to be read.
      if (!host || !held || held.running) return false;
      const repeat = repeatIn(text, held);
      if (!repeat) return false;
      traffic.heartbeats += 1;
      roster.repeated(host, repeat);
      ledger.inTurnOf(hostId, () => beaten(session, held, false));
      return true;
    },
    hello: (session, hello) =>
      whenRead(deps.prepare(session.hostId), () =>
        whenRead(outputs.know(commandsOf(hello)), () =>
          turns.within(session, commandsOf(hello), () => takeHello(session, hello)),
        ),
      ),
    frame(session, frame) {
      if (frame.type === 'heartbeat') traffic.heartbeats += 1;
      return turns.within(
        session,
        frame.type === 'heartbeat' ? runningIn(frame.payload.report) : [frame.payload.id],
        () => heard.frame(session, frame),
      );
    },
    output(session, chunk) {
      traffic.outputBytes += chunk.bytes.length;
      return whenRead(outputs.know([chunk.commandId]), () =>
        turns.within(session, [chunk.commandId], () => heard.output(session, chunk)),
      );
    },
    traffic,
    slowed: ({ hostId }) => ledger.inTurnOf(hostId, () => words.slowed(hostId)),
    cut: ({ hostId }, type, places) => ledger.inTurnOf(hostId, () => words.cut(hostId, type, places)),
    closed: (session) => ledger.inTurnOf(session.hostId, () => heard.closed(session)),
  };
}

/** The agent must leave, or may have left before it could say that the command has ended. */
const endsConnection = ({ command, policy }: CommandRecord): boolean =>
  command.status === 'AWAITING_RECONNECT' ||
  (command.status === 'EXECUTING' && (command.op === 'restart' || policy.completion === 'reboot'));
