import type { Command } from '../../shared/model/command.ts';
import type { Event } from '../../shared/model/event.ts';
import type { Target } from '../../shared/model/target.ts';
import type { Guard } from './guard.ts';

/** A durable change. A host is only named, because its view is made when somebody looks. */
export type Change =
  | { type: 'host'; hostId: string }
  | { type: 'host_removed'; hostId: string }
  | { type: 'command'; command: Command }
  | { type: 'event'; event: Event }
  | { type: 'attention' }
  | { type: 'target'; target: Target }
  | { type: 'rollout'; rolloutId: string }
  | { type: 'rollout_host'; rolloutId: string; hostId: string }
  /** `bytes` of a command's output are durable now. */
  | { type: 'output'; commandId: string; bytes: number };

/** Tells every listener what has changed; waits for none. */
export type Feed = {
  publish(changes: readonly Change[]): void;
  /** Returns a function that ends the subscription. */
  subscribe(listener: (changes: readonly Change[]) => void): () => void;
};

export function createFeed({ guard }: { guard: Guard }): Feed {
  const listeners = new Set<(changes: readonly Change[]) => void>();
  return {
    publish(changes) {
      if (changes.length > 0) for (const listener of listeners) guard('a change', () => listener(changes));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
