import { createEffect } from 'solid-js';
import type { AttentionItem } from '../../../shared/model/attention.ts';
import { href } from '../feed/root.ts';
import { needsWords } from '../words/needs-words.ts';
import type { Live } from './live.ts';
import { notifies } from './prefs.ts';
import { navigate } from './router.ts';

const keyOf = ({ kind, hostId, commandId, rolloutId, since }: AttentionItem): string =>
  `${kind} ${hostId} ${commandId} ${rolloutId} ${hostId === null && rolloutId === null ? since : ''}`;

const subjectOf = ({ hostId, rolloutId, kind, message }: AttentionItem): string =>
  hostId ?? rolloutId ?? `${kind} ${message}`;

/** Items within this time share one notification. */
const BURST_MS = 1_500;

/** A later notification replaces the one before, and sounds again. TypeScript does not know `renotify`. */
const IN_PLACE = { tag: 'switchyard', renotify: true };

/** Notifies of new needs, if the person wants that: one notification for a burst. */
export function watchAttention({ attention, rolloutNeeds, otherNeeds, isKnown, host, rollout }: Live): void {
  let known: Set<string> | null = null;
  let fresh: AttentionItem[] = [];

  const nameOf = ({ hostId, rolloutId }: AttentionItem): string => {
    if (hostId !== null) return host(hostId)?.name ?? 'A host';
    return rolloutId === null ? 'Switchyard' : (rollout(rolloutId)?.name ?? 'A rollout');
  };
  let waiting = false;

  function tell(): void {
    waiting = false;
    const [first] = fresh;
    const countOf = (is: (item: AttentionItem) => boolean) => new Set(fresh.filter(is).map(subjectOf)).size;
    const title =
      fresh.length === 1 && first
        ? `${nameOf(first)} needs you`
        : needsWords(
            countOf(({ hostId }) => hostId !== null),
            countOf(({ rolloutId }) => rolloutId !== null),
            countOf(({ hostId, rolloutId }) => hostId === null && rolloutId === null),
          );
    const body = fresh.length === 1 && first ? first.message : 'Open Switchyard to answer.';
    fresh = [];
    const told = new Notification(title, { body, ...IN_PLACE });
    told.onclick = () => {
      window.focus();
      navigate(href('/attention'));
      told.close();
    };
  }

  createEffect(() => {
    if (!isKnown()) return;
    const items = [...attention(), ...rolloutNeeds(), ...otherNeeds()];
    const before = known;
    known = new Set(items.map(keyOf));
    if (before === null || notifies() === 'off' || !('Notification' in window) || Notification.permission !== 'granted')
      return;
    fresh.push(...items.filter((item) => !before.has(keyOf(item))));
    if (fresh.length === 0 || waiting) return;
    waiting = true;
    setTimeout(tell, BURST_MS);
  });
}
