import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { hostsIn, KINDS, WORLDS } from './hosts.ts';
import type { UnitFile } from './unit-file.ts';

/** A service of a NixOS host, as its modules define it. */
export type Service = {
  after: string[];
  wants: string[];
  wantedBy: string[];
  startLimitIntervalSec: number;
  restartIfChanged: boolean;
  path: string[];
  environment: Record<string, string>;
  serviceConfig: Record<string, unknown>;
};

const nixTest = testUnless([toolMissing('nix')]);

export const AGENT = 'services.switchyard-agent = { enable = true; url = "wss://fleet.example.com";';
export const WITH_TOKEN = `${AGENT} tokenFile = "/run/secrets/token"; };`;
export const COORDINATOR = 'services.switchyard-coordinator = { enable = true;';
export const SERVICE = {
  agent: 'checked.systemd.services.switchyard-agent',
  coordinator: 'checked.systemd.services.switchyard-coordinator',
};

/** The environment that points at a NixOS host's certificates; other hosts set their own. */
export const TRUSTED = {
  NIX_SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
  NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
};

/** A value as systemd reads it from the files that NixOS writes. */
export const written = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(written).join(' ');
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
};

export function assertSameAsUnit(service: Service, unit: UnitFile): void {
  // Only the module knows where program, configuration and secret come from.
  const { ExecStart, Environment, EnvironmentFile, LoadCredential, ...settings } = unit.Service ?? {};
  const { ExecStart: program, LoadCredential: credential, ...configured } = service.serviceConfig;
  assert.equal(Object.fromEntries(Object.entries(configured).map(([key, value]) => [key, written(value)])), settings);
  assert.is(written(service.startLimitIntervalSec), unit.Unit?.StartLimitIntervalSec);
  assert.is(written(service.after), unit.Unit?.After);
  assert.is(written(service.wants), unit.Unit?.Wants ?? '');
  assert.is(written(service.wantedBy), unit.Install?.WantedBy);
}

/** Asks NixOS hosts of one world. */
export type NixosHosts = Pick<ReturnType<typeof hostsIn>, 'onHost'> & {
  agent(config: string): Service;
  coordinator(config: string): Service;
};

/** Declares a test for hosts of each world. */
export function nixosTest(title: string, body: (hosts: NixosHosts) => void): void {
  for (const world of WORLDS) {
    const { onHost } = hostsIn(world);
    const agent = (config: string) => onHost(KINDS.nixosAgent, config, SERVICE.agent) as Service;
    const coordinator = (config: string) => onHost(KINDS.nixosCoordinator, config, SERVICE.coordinator) as Service;
    nixTest(`${title} (${world.name})`, () => body({ onHost, agent, coordinator }));
  }
}
