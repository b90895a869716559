import type { Clock } from '../shared/time/clock.ts';
import { CLOSE } from '../shared/wire/protocol.ts';
import type { Gateway } from './agents/gateway.ts';
import { createFormerTokens, type FormerTokens } from './auth/former-tokens.ts';
import type { Log } from './config/log.ts';
import type { Core } from './core.ts';
import { createEnrolment, type Enrolment } from './hosts/enrolment.ts';
import { createRegistry, type Registry } from './hosts/registry.ts';
import type { Start } from './store/start.ts';

/** How hosts come into the fleet, get their tokens, and leave it. */
export type Registration = Omit<Enrolment, 'close'> & {
  formerTokens: FormerTokens;
  registry: Registry;
  close(): void;
};

export type RegistrationDeps = {
  clock: Clock;
  log: Log;
  core: Core;
  start: Start;
  gateway: Pick<Gateway, 'closeHost'>;
  maxHosts: number;
};

export function createRegistration({ clock, log, core, start, gateway, maxHosts }: RegistrationDeps): Registration {
  const { attention, engine, feed, ledger, roster, sessions, views } = core;
  const formerTokens = createFormerTokens({
    clock,
    log,
    ledger,
    stored: start.formerTokens,
    nameOf: (hostId) => roster.byId(hostId)?.name ?? hostId,
    closeHost: (hostId, reason) => gateway.closeHost(hostId, CLOSE.tokenRevoked, reason),
  });
  const registry = createRegistry({
    clock,
    engine,
    ledger,
    roster,
    views,
    forget(hostId) {
      views.forget(hostId);
      attention.forget(hostId);
    },
    feed,
    closeHost: gateway.closeHost,
    formerTokens,
    maxHosts,
  });
  const enrolment = createEnrolment({ clock, log, ledger, feed, registry, roster, sessions, start });
  return {
    ...enrolment,
    formerTokens,
    registry,
    close() {
      formerTokens.close();
      enrolment.close();
    },
  };
}
