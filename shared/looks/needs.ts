import { type AttentionItem, isAboutHost } from '../model/attention.ts';
import type { Command } from '../model/command.ts';
import type { Host } from '../model/host.ts';
import { failureOf } from './host-look.ts';

/** A host that needs a person, listed once: what waits there, or else why it failed. */
export type Need = {
  hostId: string;
  /** Most urgent first; empty if the host only failed. */
  items: readonly AttentionItem[];
  /** Why it failed, in words; null if something waits there, which comes first. */
  failure: string | null;
};

export type NeedsFacts = {
  /** Most urgent first. */
  attention: readonly AttentionItem[];
  hosts: Iterable<Host>;
  latest: (hostId: string) => Command | undefined;
};

/** Every host that needs a person: first those where something waits for an answer, in its order, then those that failed. */
export function needsOf({ attention, hosts, latest }: NeedsFacts): Need[] {
  const waiting = Map.groupBy(attention.filter(isAboutHost), ({ hostId }) => hostId);
  const needs = [...waiting].map(([hostId, items]): Need => ({ hostId, items, failure: null }));
  for (const host of hosts) {
    const failure = waiting.has(host.id) ? null : failureOf(host, latest(host.id));
    if (failure !== null) needs.push({ hostId: host.id, items: [], failure });
  }
  return needs;
}
