import { ATTENTION_LOOKS } from '../../../shared/looks/looks.ts';
import type { Notice, NoticeKind, NotifyMessage } from '../../../shared/model/notify.ts';

/** One message of these notices. */
export function messageOf(
  { id, receiver, publicUrl }: { id: string; receiver: string; publicUrl: string | null },
  notices: readonly Notice[],
): NotifyMessage {
  return {
    id,
    at: Math.max(...notices.map(({ at }) => at)),
    receiver,
    coordinator: publicUrl,
    title: titleOf(notices),
    notices: notices.map((notice) => ({ ...notice, link: linkOf(notice, publicUrl) })),
  };
}

function linkOf({ hostId, commandId, rolloutId, host }: Notice, publicUrl: string | null): string | null {
  if (publicUrl === null) return null;
  if (commandId !== null) return `${publicUrl}/commands/${commandId}`;
  if (rolloutId !== null) return `${publicUrl}/rollouts/${rolloutId}`;
  return hostId === null || host === null ? publicUrl : `${publicUrl}/hosts/${encodeURIComponent(host)}`;
}

const MORE_WORDS: Record<Exclude<NoticeKind, keyof typeof ATTENTION_LOOKS>, string> = {
  rollout_done: 'Rollout done',
  rollout_stopped: 'Rollout stopped',
  host_offline: 'Offline',
  host_back: 'Back',
  event: 'Event',
  omitted: 'Notices dropped',
  test: 'Test',
};

const wordOf = (kind: NoticeKind): string =>
  kind in ATTENTION_LOOKS
    ? ATTENTION_LOOKS[kind as keyof typeof ATTENTION_LOOKS].word
    : MORE_WORDS[kind as keyof typeof MORE_WORDS];

/** Names a single notice by host and kind, and counts several by kind. */
function titleOf(notices: readonly Notice[]): string {
  const [first] = notices;
  if (first && notices.length === 1)
    return first.host === null ? wordOf(first.kind) : `${first.host}: ${wordOf(first.kind)}`;
  const counts = [...Map.groupBy(notices, ({ kind }) => kind)].map(
    ([kind, same]) => `${same.length} × ${wordOf(kind)}`,
  );
  return `${notices.length} notices: ${counts.join(', ')}`;
}

/** How many lines people see. A program gets them all. */
const SHOWN = 20;

/** One line a notice, and one that counts the rest. */
export function linesOf({ notices, coordinator }: NotifyMessage): { text: string; link: string | null }[] {
  const lines = notices.slice(0, SHOWN).map(({ host, message, next, link }) => {
    const about = host === null || message.startsWith(host) ? '' : `${host}: `;
    return { text: `${about}${message}${next === null ? '' : ` – ${next}`}`, link };
  });
  const more = notices.length - lines.length;
  return more > 0 ? [...lines, { text: `and ${more} more`, link: coordinator && `${coordinator}/events` }] : lines;
}

/** The worst level among the notices. */
export const levelOf = ({ notices }: NotifyMessage): 'error' | 'warn' | 'info' =>
  (['error', 'warn'] as const).find((level) => notices.some((notice) => notice.level === level)) ?? 'info';
