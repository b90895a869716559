import type { FeedState } from '../../../shared/feed/state.ts';
import { HOST_LOOKS, type HostState, hostState, untrackedOn } from '../../../shared/looks/host-look.ts';
import { ATTENTION_LOOKS, COMPARTMENT_LOOKS } from '../../../shared/looks/looks.ts';
import type { AttentionItem } from '../../../shared/model/attention.ts';
import { type Command, isActive } from '../../../shared/model/command.ts';
import { COMPARTMENTS, type Host } from '../../../shared/model/host.ts';
import { agoInWords } from '../../../shared/time/spans.ts';
import type { Paint } from '../terminal/paint.ts';
import { tableLines } from '../terminal/table.ts';
import type { Times } from '../terminal/times.ts';
import { describe } from './describe.ts';

/** A host's state, and its current work. */
export type HostSummary = {
  state: HostState;
  /** Its current command, else its last one if that ended badly; null if there is neither. */
  command: Command | null;
  /** Commands that wait for it. */
  queued: number;
  /** A need of a person on this host, unless it is about this command. */
  need: AttentionItem | null;
};

/** The known facts of a fleet, apart from its hosts. */
export type Fleet = Pick<FeedState, 'commands' | 'latest' | 'attention'>;

/** For each host, by its id. */
export function summariesOf(hosts: readonly Host[], { commands, latest, attention }: Fleet): Map<string, HostSummary> {
  const needs = Map.groupBy(attention, ({ hostId }) => hostId);
  const queued = new Map<string, number>();
  for (const { status, hostId } of commands.values())
    if (status === 'QUEUED') queued.set(hostId, (queued.get(hostId) ?? 0) + 1);
  return new Map(
    hosts.map((host) => {
      const last = commands.get(latest.get(host.id) ?? '');
      const command = commands.get(host.activeCommandId ?? '') ?? (last && last.status !== 'SUCCESS' ? last : null);
      const others = (queued.get(host.id) ?? 0) - (command?.status === 'QUEUED' ? 1 : 0);
      const items = needs.get(host.id) ?? [];
      const need = items.find(({ commandId }) => commandId !== command?.id) ?? null;
      return [host.id, { state: hostState(host, last, items.length > 0), command, queued: others, need }];
    }),
  );
}

const NOTHING_KNOWN: HostSummary = { state: 'unknown', command: null, queued: 0, need: null };

export type HostTableDeps = {
  paint: Paint;
  times: Times;
  now: number;
  /** How long the connection has been down; null while it is up. */
  lostMs: number | null;
};

/** One line per host: its state, when it was seen, its compartments, its current work. */
export function hostLines(hosts: readonly Host[], fleet: Fleet, deps: HostTableDeps): string[] {
  const { paint } = deps;
  const head = ['  HOST', 'STATE', 'SEEN', 'A G L S T', 'COMMAND'].map(paint.faint);
  const summaries = summariesOf(hosts, fleet);
  const rows = hosts.map((host) => {
    const summary = summaries.get(host.id) ?? NOTHING_KNOWN;
    const look = HOST_LOOKS[summary.state];
    const compartments = COMPARTMENTS.map((name) => {
      const { tone, shape } = COMPARTMENT_LOOKS[host.compartments[name].status];
      return paint.shape({ shape, tone: host.online ? tone : 'quiet' });
    });
    return [
      `${paint.shape(look)} ${host.name}`,
      paint.tone(look.tone, look.word.toLowerCase()),
      seen(host, deps),
      compartments.join(' '),
      commandWords(host, summary, deps) || paint.faint('–'),
    ];
  });
  return tableLines([head, ...rows]);
}

/** `switch EXECUTING 4:12  build 41/42; 1 queued` */
export function commandWords(
  host: Host,
  { command, queued, need }: HostSummary,
  { times, now }: Pick<HostTableDeps, 'times' | 'now'>,
): string {
  const running = untrackedOn(host);
  const ended = command && !isActive(command.status) ? command.finishedAt : null;
  return [
    running && `${running.op} still runs, untracked; to end it: switchyard kill ${running.id}`,
    need && `${ATTENTION_LOOKS[need.kind].word.toLowerCase()}: ${need.message}`,
    command &&
      [
        `${command.op} ${command.status}`,
        ended !== null && `${agoInWords(now - ended)} `,
        describe(command, { now, times, host: host.name }),
      ]
        .filter(Boolean)
        .join(' '),
    queued > 0 && `${queued} queued`,
  ]
    .filter(Boolean)
    .join('; ');
}

function seen({ online, lastSeenAt }: Host, { now, lostMs }: HostTableDeps): string {
  if (online) return lostMs === null ? 'now' : agoInWords(lostMs);
  return lastSeenAt === null ? 'never' : agoInWords(now - lastSeenAt);
}
