import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive } from '../../shared/model/command.ts';
import type { Preview } from '../../shared/model/report.ts';
import { OPS } from '../../shared/ops/ops.ts';
import { button, openStage, seen } from './fixtures/stage.ts';

/** A preview's findings, and the switch to it. */

const stage = openStage();

const PREVIEW: Preview = {
  commit: 'c'.repeat(40),
  builtPath: '/nix/store/abc-nixos-system-web1',
  same: false,
  packages: { added: ['curl'], removed: [], changed: [{ name: 'openssl', from: '3.0.1', to: '3.0.2' }] },
  closureBytes: 3_000_000_000,
  closureBytesBefore: 2_990_000_000,
  units: { stop: [], start: [], restart: ['sshd.service'], reload: [] },
  rebootNeeded: true,
  inhibitors: [],
};

stage.browserTest('a preview shows what would change, and is switched to exactly', async (page) => {
  const ops = OPS.filter(({ executor }) => executor === 'agent').map(({ id, completion }) => ({
    id,
    completion: completion ?? 'exit',
  }));
  const host = await stage.newHost({ ops, features: ['commit', 'preview'] });
  const id = await host.begin('preview');
  host.end(id, { evidence: { preview: PREVIEW } });
  await stage.commandWhen(id, ({ status }) => !isActive(status));
  await page.goto(`${stage.address()}/commands/${id}`);
  for (const text of [
    'packages changed (1): openssl 3.0.1 → 3.0.2',
    'units restarted (1): sshd.service',
    'reboot needed',
    '+9.5 MiB',
  ])
    await seen(page, text);
  await button(page, /Switch .* to exactly this/).click();
  const { op, options } = await host.agent().next('command.run');
  assert.equal([op, options], ['pull-switch', { commit: PREVIEW.commit, builtPath: PREVIEW.builtPath }]);
});

test.run();
