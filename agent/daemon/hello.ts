import { type Hello, PROTOCOL_VERSION } from '../../shared/wire/protocol.ts';
import type { Runner } from '../commands/runner.ts';
import type { Config } from '../config/config.ts';
import type { Platform } from '../spool/platform.ts';
import type { StoreMark } from '../state/store-mark.ts';
import type { Reporting } from './reporting.ts';

/** This process of the agent. */
export type Identity = Pick<Hello, 'instanceId' | 'bootId' | 'os' | 'startedAt'>;

export type HelloDeps = {
  config: Pick<Config, 'hostname' | 'platform' | 'heartbeatIntervalMs' | 'tags'>;
  version: string;
  stateId: string;
  identity: Identity;
  platform: Pick<Platform, 'ops' | 'features'>;
  runner: Pick<Runner, 'commands'>;
  reporting: Pick<Reporting, 'report' | 'hasSystemd'>;
  storeMark: Pick<StoreMark, 'current'>;
};

/** The first frame of a connection. */
export async function helloOf(deps: HelloDeps): Promise<Hello> {
  const { config, platform, reporting } = deps;
  const { instanceId, bootId, os, startedAt } = deps.identity;
  const mark = deps.storeMark.current();
  return {
    protocol: PROTOCOL_VERSION,
    hostname: config.hostname,
    platform: config.platform,
    os,
    agentVersion: deps.version,
    stateId: deps.stateId,
    instanceId,
    bootId,
    startedAt,
    heartbeatIntervalMs: config.heartbeatIntervalMs,
    ops: [...platform.ops()],
    tags: [...config.tags],
    report: await reporting.report(),
    commands: await deps.runner.commands(),
    features: [...platform.features, 'store_mark', ...(reporting.hasSystemd ? ['failed_units'] : [])],
    ...(mark !== null && { storeMark: mark }),
  };
}
