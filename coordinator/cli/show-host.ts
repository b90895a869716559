import type { Command } from '../../shared/command.ts';
import { COMPARTMENTS, type Host } from '../../shared/host.ts';
import type { Context } from './context.ts';
import { describe } from './describe.ts';
import { formatAge } from './durations.ts';
import { hostLook } from './host-table.ts';
import { CHECK_LOOKS, lookOf } from './paint.ts';
import { tableLines } from './table.ts';
import { plain } from './text.ts';

/** A host: one sentence on its state, its compartments with their reasons, what it is at, what it did last. */
export function hostDetailLines(context: Context, host: Host, commands: readonly Command[]): string[] {
  const { times, client, terminal } = context;
  const { paint } = terminal.out;
  const now = client.now();
  const active = commands.find(({ id }) => id === host.activeCommandId) ?? null;
  const { shape, tone } = hostLook(host, active);
  const compartments = COMPARTMENTS.map((name) => {
    const { status, message, since } = host.compartments[name];
    const look = CHECK_LOOKS[status];
    return [
      `  ${paint.tone(look.tone, look.shape)} ${name}`,
      paint.tone(look.tone, status),
      `${plain(message)}${since === null ? '' : paint.faint(`  for ${formatAge(now - since)}`)}`,
    ];
  });
  const rows = commands.map((command) => {
    const look = lookOf(command);
    return [
      `  ${paint.tone(look.tone, look.shape)} ${command.op}`,
      paint.tone(look.tone, command.status),
      paint.faint(times.full(command.createdAt)),
      describe(command, { now, times, host: host.name }),
    ];
  });
  return [
    `${paint.tone(tone, shape)} ${paint.strong(host.name)} ${sentence(host, active, now)}`,
    paint.faint(
      `  ${[host.platform, host.os && `${host.os.name} ${host.os.version}`, host.agentVersion && `agent ${host.agentVersion}`, host.tags.join(', ')].filter(Boolean).join(' · ') || 'no agent has come yet'}`,
    ),
    '',
    ...tableLines(compartments),
    ...(rows.length > 0 ? ['', ...tableLines(rows)] : []),
  ];
}

function sentence({ online, lastSeenAt, compartments }: Host, active: Command | null, now: number): string {
  const outdated = COMPARTMENTS.filter((name) => ['outdated', 'error'].includes(compartments[name].status));
  const behind = outdated.length > 0 ? `; to look at: ${outdated.join(', ')}` : '';
  if (!online)
    return lastSeenAt === null ? 'has never connected' : `is offline, last seen ${formatAge(now - lastSeenAt)} ago`;
  if (active) return `is online and runs ${active.op}${behind}`;
  return `is online and idle${behind}`;
}
