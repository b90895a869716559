import type { Clock } from '../../shared/time/clock.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../config/log.ts';
import { enrol } from '../connection/enrol.ts';
import { hostTokenFile, readEnrolToken } from '../state/host-token.ts';
import type { StateDir } from '../state/state-dir.ts';

export type TokenDeps = {
  config: Pick<Config, 'token' | 'enrolTokenFile' | 'stateDir' | 'coordinators' | 'hostname' | 'platform'>;
  state: Pick<StateDir, 'stateId' | 'stateSecret'>;
  clock: Clock;
  random(): number;
  log: Log;
  /** Ends an enrolment. */
  signal: AbortSignal;
  isLeaving(): boolean;
};

/** Calls back with the host's token: the configured or kept one before it resolves, else the one of an enrolment, whenever that ends. */
export async function withToken(deps: TokenDeps, use: (token: string) => void): Promise<void> {
  const { config, state, clock, random, log, signal } = deps;
  const hostToken = hostTokenFile(config.stateDir);
  const token = config.token ?? (await hostToken.read());
  if (token !== null) return use(token);
  void enrol({
    urls: config.coordinators.map(({ enrolUrl }) => new URL(enrolUrl)),
    body: {
      hostname: config.hostname,
      platform: config.platform,
      stateId: state.stateId,
      stateSecret: state.stateSecret,
    },
    readToken: () => readEnrolToken(config.enrolTokenFile ?? ''),
    keep: hostToken.keep,
    clock,
    random,
    log,
    signal,
  }).then((enrolled) => {
    if (enrolled !== null && !deps.isLeaving()) use(enrolled);
  });
}
