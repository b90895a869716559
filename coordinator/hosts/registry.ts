import { SwitchyardError } from '../../shared/api/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { Maintenance } from '../../shared/model/host.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { CLOSE } from '../../shared/wire/protocol.ts';
import type { FormerTokens } from '../auth/former-tokens.ts';
import { hashToken, newToken } from '../auth/tokens.ts';
import type { Feed } from '../engine/changes.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { HostEntry, Roster } from './roster.ts';
import type { HostViews } from './view.ts';

/** Hosts and their tokens. A token is shown once, when it is made. */
export type Registry = {
  /** `within` runs in the turn that adds the host. Throws `host_exists`, `limit_reached`. */
  add(
    host: { name: string; tags: readonly string[] },
    actor: string,
    within?: (hostId: string) => void,
  ): Promise<{ hostId: string; name: string; token: string }>;
  /** Throws `unknown_host`, `host_exists`; so do the next two, where applicable. */
  patch(idOrName: string, change: { name?: string; tags?: readonly string[] }, actor: string): Promise<string>;
  /** Null ends it. */
  maintain(idOrName: string, maintenance: Maintenance | null, actor: string): Promise<string>;
  remove(idOrName: string, actor: string): Promise<void>;
  /** `graceMs`: how long the old token still works, unless the new one is used first. `isTold`: whether it is an event. */
  rotateToken(idOrName: string, actor: string, graceMs: number, isTold?: boolean): Promise<{ token: string }>;
};

export type RegistryDeps = {
  clock: Clock;
  engine: Pick<Engine, 'apply'>;
  ledger: Ledger;
  roster: Roster;
  views: Pick<HostViews, 'added'>;
  /** Drops everything derived from a removed host, which is gone for good. */
  forget: (hostId: string) => void;
  /** Closes every connection of the host with this WebSocket close code. */
  closeHost: (hostId: string, code: number, reason: string) => void;
  formerTokens: Pick<FormerTokens, 'began' | 'dropped'>;
  feed: Feed;
  maxHosts: number;
};

export function createRegistry(deps: RegistryDeps): Registry {
  const { clock, engine, ledger, roster, views, forget, closeHost, formerTokens, feed, maxHosts } = deps;
  const known = (idOrName: string): HostEntry => {
    const host = roster.find(idOrName);
    if (!host) throw new SwitchyardError('unknown_host', `No host has the id or name "${idOrName}"`);
    return host;
  };
  const refuseTaken = (name: string, self: HostEntry | null): void => {
    const other = roster.find(name);
    if (other && other !== self) throw new SwitchyardError('host_exists', `A host named "${name}" exists`);
  };
  const audit = (actor: string, hostId: string, code: string, message: string, next: string | null = null): void =>
    ledger.event({ at: clock.now(), level: 'info', category: 'audit', actor, hostId, code, message, next });

  return {
    async add({ name, tags }, actor, within) {
      refuseTaken(name, null);
      if (roster.all().length >= maxHosts)
        throw new SwitchyardError('limit_reached', `There are ${maxHosts} hosts, the maximum of [limits] hosts`);
      const token = newToken();
      const host = { id: newId(), name, tags: [...tags], createdAt: clock.now() };
      roster.add({ ...host, maintenance: null, known: null });
      views.added(host.id);
      ledger.also(
        { type: 'host_added', host: { ...host, tokenHash: hashToken(token) } },
        () => void roster.remove(host.id),
      );
      audit(actor, host.id, 'host_added', `${name} was added`, 'its agent connects with its token');
      within?.(host.id);
      await ledger.commit();
      feed.publish([{ type: 'host', hostId: host.id }]);
      return { hostId: host.id, name, token };
    },
    async patch(idOrName, change, actor) {
      const host = known(idOrName);
      if (change.name !== undefined) refuseTaken(change.name, host);
      const undo = roster.change(host, change);
      const { name, tags } = host;
      ledger.also({ type: 'host_changed', id: host.id, name, tags }, undo);
      audit(actor, host.id, 'host_changed', `${name} was changed`);
      await ledger.commit();
      feed.publish([{ type: 'host', hostId: host.id }]);
      return host.id;
    },
    async maintain(idOrName, maintenance, actor) {
      const host = known(idOrName);
      const before = host.maintenance;
      host.maintenance = maintenance;
      ledger.also({ type: 'host_maintenance', id: host.id, maintenance }, () => {
        host.maintenance = before;
      });
      const words = maintenance ? `is in maintenance: ${maintenance.reason}` : 'is no longer in maintenance';
      audit(actor, host.id, 'maintenance', `${host.name} ${words}`);
      await ledger.commit();
      feed.publish([{ type: 'host', hostId: host.id }]);
      return host.id;
    },
    async remove(idOrName, actor) {
      const host = known(idOrName);
      const at = clock.now();
      const live = [...ledger.live(host.id)];
      // Kills first: a kill is a command of its host, not of its target.
      for (const { command } of live.sort((a, b) => Number(b.command.op === 'kill') - Number(a.command.op === 'kill')))
        engine.apply(command.id, { type: 'host_removed', at, actor });
      // At once, so that no dispatch of this turn finds it.
      const undo = roster.remove(host.id);
      ledger.also({ type: 'host_removed', id: host.id }, undo);
      audit(actor, host.id, 'host_removed', `${host.name} was removed`);
      await ledger.commit();
      forget(host.id);
      formerTokens.dropped(host.id);
      closeHost(host.id, CLOSE.tokenRevoked, 'the host was removed');
      feed.publish([{ type: 'host_removed', hostId: host.id }]);
    },
    async rotateToken(idOrName, actor, graceMs, isTold = true) {
      const host = known(idOrName);
      const token = newToken();
      const formerUntil = graceMs > 0 ? clock.now() + graceMs : null;
      ledger.also({ type: 'host_token', id: host.id, tokenHash: hashToken(token), formerUntil });
      if (isTold)
        audit(actor, host.id, 'token_rotated', `${host.name} got a new token`, 'its agent connects with the new token');
      await ledger.commit();
      if (formerUntil !== null) {
        formerTokens.began(host.id, formerUntil);
        return { token };
      }
      formerTokens.dropped(host.id);
      // The old token's other agent is now locked out.
      host.duplicateAt = null;
      closeHost(host.id, CLOSE.tokenRevoked, 'the token was replaced');
      return { token };
    },
  };
}
