import type { Command, Status } from '../model/command.ts';
import { type AdvertisedOp, COMPARTMENTS, type Host } from '../model/host.ts';
import type { RunningCommand } from '../model/report.ts';
import { agoInWords } from '../time/spans.ts';
import type { Look } from './looks.ts';

/** A host's state, by what matters most: each host is in exactly one. */
export const HOST_STATES = ['attention', 'working', 'failed', 'offline', 'outdated', 'ok', 'unknown'] as const;
export type HostState = (typeof HOST_STATES)[number];

export const HOST_LOOKS = {
  attention: { tone: 'attention', shape: 'triangle', word: 'Needs you' },
  working: { tone: 'working', shape: 'half', word: 'Working' },
  failed: { tone: 'error', shape: 'cross', word: 'Failed' },
  offline: { tone: 'unknown', shape: 'dash', word: 'Offline' },
  outdated: { tone: 'attention', shape: 'clock', word: 'Outdated' },
  ok: { tone: 'ok', shape: 'check', word: 'Ok' },
  unknown: { tone: 'unknown', shape: 'question', word: 'Unknown' },
} as const satisfies Record<HostState, Look>;

/** Ends that make a host failed while they are its latest. */
export const FAILED: ReadonlySet<Status> = new Set([
  'ERROR',
  'TIMEOUT',
  'ABORTED_BY_REBOOT',
  'STALE_BINARY',
  'ROLLED_BACK',
]);

/** The compartments that decide a host's state. Its own tests do not: they may never have run, or be older than the last rollout. */
const PROOF = COMPARTMENTS.filter((name) => name !== 'tests');

/** The ops that reveal the state of a host's system. */
const SYSTEM_OPS: ReadonlySet<string> = new Set([
  ...['switch', 'pull-switch', 'force-rebuild', 'rollback', 'refresh-system', 'refresh-all'],
]);

/** Whether nothing on this host could ever show the state of its system. */
export const hasNoSystem = ({ platform, ops }: { platform: Host['platform']; ops: readonly AdvertisedOp[] }): boolean =>
  platform === 'custom' && !ops.some(({ id }) => SYSTEM_OPS.has(id));

const unproved = (host: Host) =>
  PROOF.filter((name) => host.compartments[name].status !== 'ok' && !(name === 'system' && hasNoSystem(host)));

const isAtWork = ({ activeCommandId, report, compartments }: Host): boolean =>
  activeCommandId !== null ||
  Boolean(report?.running) ||
  COMPARTMENTS.some((name) => compartments[name].status === 'working');

/** Why a host counts as failed, in words; null if it does not, or has moved on. */
export function failureOf(host: Host, latest: Command | undefined): string | null {
  if (isAtWork(host)) return null;
  if (latest && FAILED.has(latest.status))
    return `${latest.op} failed: ${latest.message ?? latest.code ?? latest.status}`;
  const broken = PROOF.find((name) => host.compartments[name].status === 'error');
  return broken === undefined ? null : `${broken}: ${host.compartments[broken].message}`;
}

/** `latest`: the host's newest command; `needsYou`: something on it waits for a person. */
export function hostState(host: Host, latest: Command | undefined, needsYou: boolean): HostState {
  if (needsYou) return 'attention';
  if (!host.online) return 'offline';
  if (isAtWork(host)) return 'working';
  if (failureOf(host, latest) !== null) return 'failed';
  if (PROOF.some((name) => host.compartments[name].status === 'outdated')) return 'outdated';
  return unproved(host).length === 0 ? 'ok' : 'unknown';
}

/** A host's current work; both may be missing. */
export type HostWork = { active: Command | undefined; queued: readonly Command[] };

/** One sentence on a host's state, and one more on its current work. */
export function hostSentence(host: Host, state: HostState, work: HostWork, now: number): string {
  const { name, lastSeenAt, online } = host;
  const seen = online || lastSeenAt === null ? '' : ` It was last seen ${agoInWords(now - lastSeenAt)}.`;
  const rest = `${seen}${workWords(host, work)}`;
  if (lastSeenAt === null) return `${name} has never connected.${rest}`;
  switch (state) {
    case 'attention':
      return `${name} waits for you.${rest}`;
    case 'offline':
      return `${name} is offline.${rest}`;
    case 'working':
      return `${name} is online.${rest}`;
    case 'failed':
      return `${name} is online; something on it failed.${rest}`;
    case 'outdated':
      return `${name} is online and behind its target.${rest}`;
    case 'ok':
      return `${name} is online and up to date.${rest}`;
    case 'unknown':
      return `${name} is online. Can't tell if it's up to date (${unproved(host).join(', ')} unknown).${rest}`;
  }
}

function workWords(host: Host, { active, queued }: HostWork): string {
  const untracked = untrackedOn(host);
  return [
    active && ` Under way: ${active.op}.`,
    untracked && ` ${untracked.op} still runs on it, and is no longer tracked.`,
    queued.length > 0 && ` Queued: ${queued.map(({ op }) => op).join(', ')}.`,
  ]
    .filter(Boolean)
    .join('');
}

/** A command that the host runs besides its known one. It was ignored or cancelled, and goes on. */
export function untrackedOn({
  report,
  activeCommandId,
}: Pick<Host, 'report' | 'activeCommandId'>): RunningCommand | null {
  const running = report?.running ?? null;
  return running?.id === activeCommandId ? null : running;
}
