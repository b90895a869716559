import { HOST_LOOKS, hostSentence, hostState } from '../../../shared/looks/host-look.ts';
import { COMPARTMENT_LOOKS, commandLook } from '../../../shared/looks/looks.ts';
import type { AttentionItem } from '../../../shared/model/attention.ts';
import type { Command } from '../../../shared/model/command.ts';
import { COMPARTMENTS, type Host } from '../../../shared/model/host.ts';
import { age } from '../../../shared/time/spans.ts';
import type { Context } from '../client/context.ts';
import { tableLines } from '../terminal/table.ts';
import { describe } from './describe.ts';

export type HostDetail = {
  host: Host;
  /** Its last commands and all active ones, newest first. */
  commands: readonly Command[];
  attention: readonly AttentionItem[];
};

/** A host: one sentence on its state, its compartments with their reasons, its current and last commands. */
export function hostDetailLines(context: Context, { host, commands, attention }: HostDetail): string[] {
  const { times, client, terminal } = context;
  const { paint } = terminal.out;
  const now = client.now();
  const work = {
    active: commands.find(({ id }) => id === host.activeCommandId),
    queued: commands.filter(({ status }) => status === 'QUEUED'),
  };
  const state = hostState(
    host,
    commands[0],
    attention.some(({ hostId }) => hostId === host.id),
  );
  const look = HOST_LOOKS[state];
  const compartments = COMPARTMENTS.map((name) => {
    const { status, message, since } = host.compartments[name];
    const one = COMPARTMENT_LOOKS[status];
    // For an offline host they are the last known ones.
    const tone = host.online ? one.tone : 'quiet';
    return [
      `  ${paint.shape({ ...one, tone })} ${name}`,
      paint.tone(tone, one.word),
      `${message}${since === null ? '' : paint.faint(`  for ${age(now - since)}`)}`,
    ];
  });
  const rows = commands.map((command) => {
    const one = commandLook(command);
    return [
      `  ${paint.shape(one)} ${command.op}`,
      paint.tone(one.tone, command.status),
      paint.faint(times.full(command.createdAt)),
      describe(command, { now, times, host: host.name }),
    ];
  });
  const claimed = host.claimedTags.length > 0 && `its agent claims ${host.claimedTags.join(', ')}`;
  return [
    `${paint.shape(look)} ${paint.tone(look.tone, look.word.toLowerCase())}  ${hostSentence(host, state, work, now)}`,
    paint.faint(
      `  ${[host.platform, host.os && `${host.os.name} ${host.os.version}`, host.agentVersion && `agent ${host.agentVersion}`, host.tags.join(', '), claimed].filter(Boolean).join(' · ') || 'no agent has connected yet'}`,
    ),
    '',
    ...tableLines(compartments),
    ...(rows.length > 0 ? ['', ...tableLines(rows)] : []),
  ];
}
