import { type Command, isActive } from '../../shared/command.ts';
import { COMPARTMENTS, type Host } from '../../shared/host.ts';
import { describe } from './describe.ts';
import { formatAge } from './durations.ts';
import { CHECK_LOOKS, type Look, lookOf, type Paint } from './paint.ts';
import { tableLines } from './table.ts';
import type { Times } from './times.ts';

export type HostTableDeps = {
  paint: Paint;
  times: Times;
  now: number;
  /** The command that the host is at; null where it is at none. */
  command: (host: Host) => Command | null;
};

/** A host in one word, what is worst first. */
export function hostLook(host: Host, command: Command | null): Look & { word: string } {
  if (!host.online)
    return { shape: '?', tone: 'unknown', word: host.connectedAt || host.report ? 'offline' : 'never seen' };
  if (command) return { ...lookOf(command), word: command.timeoutStatus === 'TIMED_OUT' ? 'asks' : 'working' };
  const statuses = COMPARTMENTS.map((name) => host.compartments[name].status);
  for (const status of ['error', 'outdated', 'working'] as const)
    if (statuses.includes(status)) return { ...CHECK_LOOKS[status], word: status };
  return statuses.includes('ok') ? { ...CHECK_LOOKS.ok, word: 'ok' } : { shape: '·', tone: 'quiet', word: 'online' };
}

/** Every host in a line: its state, when it was seen, its compartments, what it is at. */
export function hostLines(hosts: readonly Host[], { paint, times, now, command }: HostTableDeps): string[] {
  const head = ['  HOST', 'STATE', 'SEEN', 'A G L S T', 'COMMAND'].map(paint.faint);
  const rows = hosts.map((host) => {
    const active = command(host);
    const { shape, tone, word } = hostLook(host, active);
    const compartments = COMPARTMENTS.map((name) => {
      const look = CHECK_LOOKS[host.compartments[name].status];
      return host.online ? paint.tone(look.tone, look.shape) : paint.faint(look.shape);
    });
    return [
      `${paint.tone(tone, shape)} ${host.name}`,
      paint.tone(tone, word),
      seen(host, now),
      compartments.join(' '),
      active ? `${active.op} ${active.status} ${describe(active, { now, times, host: host.name })}` : paint.faint('–'),
    ];
  });
  return tableLines([head, ...rows]);
}

const seen = ({ online, lastSeenAt }: Host, now: number): string =>
  online ? 'now' : lastSeenAt === null ? '–' : `${formatAge(now - lastSeenAt)} ago`;

/** The command that a host is at, out of those that are known. */
export function activeOf(host: Host, commands: ReadonlyMap<string, Command>): Command | null {
  const command = host.activeCommandId === null ? null : (commands.get(host.activeCommandId) ?? null);
  return command && isActive(command.status) ? command : null;
}
