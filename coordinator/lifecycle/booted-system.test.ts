import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../shared/model/report.ts';
import { opOnHost } from '../../shared/ops/ops.ts';
import { newRecord, policyOf } from './create.ts';
import { sampleCommand, sampleReport } from './fixtures/sample.ts';
import { judge } from './verify.ts';

function ending(op: string, before: Partial<Report>, after: Partial<Report>) {
  const known = opOnHost(op, undefined);
  if (!known) throw new Error(`there is no op ${op}`);
  const command = sampleCommand({ op, before: sampleReport(before), exitCode: 0 });
  const record = newRecord(command, policyOf({ op: known, platform: 'nixos' }));
  const sighting = { instanceId: 'i2', bootId: 'b2', report: sampleReport(after), target: null, guards: true };
  const { status, code, message } = judge(record, sighting);
  return [status, code ?? null, message];
}

test('a reboot into another system than was to boot is not a success', () => {
  assert.equal(ending('reboot', { bootPath: '/nix/store/new' }, { bootedPath: '/nix/store/old' }), [
    'PARTIAL',
    'booted_other_system',
    'The host rebooted into /nix/store/old, the boot loader was to start /nix/store/new',
  ]);
  assert.is(ending('reboot', { bootPath: '/nix/store/new' }, { bootedPath: '/nix/store/new' })[0], 'SUCCESS');
});

test('where either is not known nothing is said of it', () => {
  for (const bootPath of [undefined, null])
    assert.is(ending('reboot', { bootPath }, { bootedPath: '/nix/store/old' })[0], 'SUCCESS');
  assert.is(ending('reboot', { bootPath: '/nix/store/new' }, { bootedPath: null })[0], 'SUCCESS');
});

test('only a reboot checks the booted system', () => {
  assert.is(ending('check-version', { bootPath: '/nix/store/new' }, { bootedPath: '/nix/store/old' })[0], 'SUCCESS');
});

test.run();
