import type { Clock } from '../../shared/time/clock.ts';
import { CLOSE, type Hello } from '../../shared/wire/protocol.ts';
import type { Feed } from '../engine/changes.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../engine/ledger.ts';
import { greetingOf, type Session, type Sessions } from '../engine/sessions.ts';
import type { StoreMark } from '../engine/store-mark.ts';
import type { HostEntry, Roster } from '../hosts/roster.ts';
import { mayCutOff, mayReboot } from '../lifecycle/reboot.ts';
import { outputEnd, runsOnHost } from '../lifecycle/record.ts';
import { isOtherBoot } from '../lifecycle/verify.ts';
import type { OutputLog } from '../output/log.ts';
import { createFollowed } from './followed.ts';
import type { FormerCommands } from './former-commands.ts';
import type { HostWords } from './host-words.ts';
import { createPutBack } from './put-back.ts';
import type { SessionTurns } from './session-turn.ts';
import type { UnrecordedCommands } from './unrecorded-commands.ts';
import { welcomeOf } from './welcome.ts';

export type HelloDeps = {
  clock: Clock;
  engine: Pick<Engine, 'apply'>;
  ledger: Pick<Ledger, 'get' | 'live' | 'afterCommit' | 'commit'>;
  roster: Pick<Roster, 'byId' | 'hello'>;
  sessions: Sessions;
  outputs: Pick<OutputLog, 'resumeAt' | 'size'>;
  feed: Pick<Feed, 'publish'>;
  words: HostWords;
  former: FormerCommands;
  unrecorded: UnrecordedCommands;
  storeMark: StoreMark;
  turns: SessionTurns;
  /** A change of the host may free a queued command. */
  onHostChanged: (hostId: string) => void;
};

/** Takes a hello, in the turn of its host (intake.ts, A3). */
export function createTakeHello(deps: HelloDeps): (session: Session, hello: Hello) => void {
  const { clock, engine, ledger, roster, sessions, outputs, feed, words, former, unrecorded } = deps;
  const { turns, onHostChanged } = deps;
  const { ownRecord, sightingOf } = turns;

  const followed = createFollowed();
  const putBack = createPutBack(deps);

  /** Whether a second agent uses the token: it has another state folder, or is on another machine. The present agent then stays. */
  const isDuplicate = (older: Session, hello: Hello, host: HostEntry): boolean => {
    const [{ stateId: present }, { stateId: coming }] = [older.hello, hello];
    const isOtherState = present !== undefined && coming !== undefined && present !== coming;
    return isOtherState || followed.has(host, hello);
  };

  function refuseDuplicate(session: Session, hostname: string): void {
    const host = roster.byId(session.hostId);
    if (host && host.duplicateAt === null) {
      host.duplicateAt = clock.now();
      words.duplicate(session.hostId, hostname);
    }
    session.close(CLOSE.duplicateAgent, 'another agent uses the token of this host');
  }

  function tellCommands(session: Session, isPutBack: boolean): void {
    const { hostId, hello } = session;
    const listed = new Map(hello.commands.map((held) => [held.id, held]));
    const sighting = sightingOf(session);
    const at = clock.now();
    // Asked before all of them: this hello ends the reboot itself.
    const reboots = ledger.live(hostId).filter(mayReboot);
    for (const record of ledger.live(hostId)) {
      if (!runsOnHost(record)) continue;
      const { id } = record.command;
      const stateId = hello.stateId ?? null;
      const held = listed.get(id) ?? null;
      // A queued command can be on no host, unless the store forgot that it had sent it.
      const isForgotten = held !== null && record.command.status === 'QUEUED';
      const rebooting = reboots.some((reboot) => mayCutOff(reboot, record));
      engine.apply(id, {
        ...{ type: 'hello', at, sighting, stateId, listed: held, rebooting },
        putBack: isPutBack || isForgotten,
      });
    }
    // Asked after all of them: the hello may just have ended the reboot for which an exit was held back.
    if (!ledger.live(hostId).some(mayReboot))
      for (const record of ledger.live(hostId))
        if (!isOtherBoot(record, hello)) engine.apply(record.command.id, { type: 'reboot_over', happens: false, at });
    // A command that ended earlier without a result is no longer in memory; its late result follows the welcome.
  }

  /** Bytes become durable a moment before their count: bytes that a crash cut off from their count would never be reported again. */
  function countOutput(session: Session): void {
    for (const { id, outputBytes } of session.hello.commands) {
      const record = ownRecord(session, id);
      if (!record) continue;
      const { output } = record.command;
      const total = Math.max(output.total, Math.min(outputBytes, outputEnd(record)));
      engine.apply(id, { type: 'output', at: clock.now(), ...output, bytes: outputs.size(id), total });
    }
  }

  return (session, hello) => {
    const { hostId } = session;
    // Its connection was let in just before.
    const host = roster.byId(hostId);
    if (!host) {
      session.close(CLOSE.tokenRevoked, 'the host was removed');
      return;
    }
    const older = sessions.of(hostId);
    if (older && older !== session && isDuplicate(older, hello, host)) {
      refuseDuplicate(session, hello.hostname);
      return;
    }
    const wasOnline = sessions.isOnline(hostId);
    const knownMark = putBack.lostSince(hello);
    sessions.open(session);
    if (older && older !== session) older.close(CLOSE.replaced, 'another connection of this host took its place');
    followed.follows(host, hello);
    roster.hello(hostId, hello);
    session.hello = greetingOf(hello);
    // A hello repeated before the first one's welcome is not reported again.
    if (!wasOnline && older !== session) words.online(hostId);
    turns.onceDurable(session, () => {
      if (!sessions.isCurrent(session)) return;
      session.send({ type: 'welcome', payload: welcomeOf(deps, session, knownMark) });
      sessions.welcome(session);
      feed.publish([{ type: 'host', hostId }]);
      onHostChanged(hostId);
    });
    countOutput(session);
    former.listed(hostId, session.hello.commands);
    unrecorded.listed(hostId, session.hello.commands);
    if (knownMark !== null) putBack.tell(hostId);
    tellCommands(session, knownMark !== null);
  };
}

/** The protocol version in a hello of unknown form: another version may well have another hello. */
export function protocolOfHello(data: string): string | number | undefined {
  try {
    const { type, payload } = JSON.parse(data);
    const protocol: unknown = type === 'hello' ? payload?.protocol : undefined;
    return typeof protocol === 'number' || (typeof protocol === 'string' && protocol.length < 32)
      ? protocol
      : undefined;
  } catch {
    return undefined;
  }
}
