import type { CommandView } from '../../shared/api/resources.ts';
import type { Deed } from '../harness/deeds.ts';
import { untruths } from '../harness/untruths.ts';
import type { Excuse } from './faults.ts';
import { WORKS } from './work.ts';

/** A command of a soak: its record, what its host did, and what was done to it. */
export type Case = {
  command: CommandView;
  output: Buffer;
  deed: Deed;
  excuses: ReadonlySet<Excuse>;
};

/** Ends that need a reason beyond the faults that every command must survive. */
const NEEDS: Readonly<Record<string, readonly Excuse[]>> = {
  LOST: ['wrapper', 'wiped'],
  'ERROR signalled': ['wrapper'],
  KILLED: ['kill'],
  // The kill of a queued one cancels it.
  CANCELLED: ['cancel', 'kill'],
  ABORTED_BY_REBOOT: ['power'],
};

/** Ends that a soak has no reason for at all. */
const NEVER = new Set(['TIMEOUT', 'EXPIRED', 'STALE_BINARY', 'SUSPICIOUS', 'PARTIAL', 'BLOCKED', 'ROLLED_BACK']);

/** A shell writes this if a signal hits the child that it waits for, and not yet the shell. */
const SHELLS_WORDS = /^(Terminated|Killed)\n/gm;

/** How long a wrapper may take to record its command's end. */
const NOTE_MS = 1_000;

/** A wrapper that was killed before it recorded its command's end knew no end. */
const wasUnnoted = ({ command: { code, exitedAt }, deed: { endedAt }, excuses }: Case): boolean =>
  code === 'signalled' && excuses.has('wrapper') && Math.abs((exitedAt ?? 0) - (endedAt ?? 0)) < NOTE_MS;

/** The differences between the record and the host, one line each. */
export function disagreements(seen: Case): string[] {
  const { command, output, deed, excuses } = seen;
  const { op, status, code } = command;
  const found = untruths(command, wasUnnoted(seen) ? { ...deed, ends: [] } : deed);
  const needed = NEEDS[status] ?? NEEDS[`${status} ${code}`];
  if (NEVER.has(status) || (needed && !needed.some((excuse) => excuses.has(excuse))))
    found.push(`${status} (${code}) without a reason: ${command.message}`);

  const text = Buffer.from(WORKS.find(({ id }) => id === op)?.output ?? '');
  const isWhole = deed.ends.length > 0 && (status === 'SUCCESS' || code === 'exit_nonzero') && !excuses.has('wrapper');
  const wrote = excuses.has('kill')
    ? Buffer.from(output.toString('latin1').replace(SHELLS_WORDS, ''), 'latin1')
    : output;
  if (isWhole ? !wrote.equals(text) : !wrote.equals(text.subarray(0, wrote.length)))
    found.push(`stored output is another one: ${output.length} of ${text.length} bytes`);
  const wasSeen = !(['wrapper', 'power', 'wiped'] as const).some((excuse) => excuses.has(excuse));
  if (status === 'CANCELLED' && deed.ends.length > 0 && wasSeen && !command.exitedAt && !command.lateResult)
    found.push('ended after it was cancelled, and its result was not kept');
  if (output.length !== command.output.bytes) found.push(`holds ${output.length} bytes, says ${command.output.bytes}`);
  return found.map((what) => `${op} ${command.id}: ${what}`);
}
