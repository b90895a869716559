import { appendFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { NEW, OLD } from './guarded-host.ts';
import { activated, hostTest, nothingLeft } from './scene.ts';

// nix-darwin's order, on Linux: the profile is what boots, and `activate` moves neither.

const ON_MAC = { platform: 'nix-darwin' } as const;
/** No boot loader is written. */
const KEPT = [...NEW.slice(0, 2), 'old'];

hostTest(
  'nix-darwin: activated without the profile, which follows when it is kept',
  async (host) => {
    assert.ok(host.hellos[0]?.features?.includes('guard'));
    const id = await activated(host);
    assert.equal(host.stands(), ['new', 'system-2-link', 'old']);
    host.say({ type: 'command.keep', payload: { id } });
    const { guardEnd, profilePath } = await host.shows('the end', ({ guard }) => guard === null);
    assert.equal([guardEnd?.end, profilePath], ['kept', host.file('store/new')]);
    assert.equal(host.stands(), KEPT);
    assert.is(host.log(), 'new activate check=\nnix-env --switch-generation 1\n');
    nothingLeft(host);
  },
  ON_MAC,
);

hostTest(
  'nix-darwin: nobody decides, so the old system is activated again',
  async (host) => {
    await activated(host, { confirmMs: 4_000 });
    const hellos = host.hellos.length;
    const { guardEnd } = await host.shows('the end', ({ guard }) => guard === null);
    assert.equal([guardEnd?.end, guardEnd?.cause, ...host.stands()], ['undone', 'deadline', ...OLD]);
    await waitFor('another instance', () => host.hellos.length > hellos);
    assert.is(host.log(), 'new activate check=\nold activate check=1\n');
    nothingLeft(host);
  },
  ON_MAC,
);

hostTest(
  'nix-darwin: an activation that fails is undone, whatever its exit code',
  async (host) => {
    appendFileSync(host.file('activate.new'), `ln -sfn ${host.file('store/new')} ${host.file('current')}; exit 100\n`);
    const { exitCode, evidence } = await host.exited(host.rollback());
    assert.equal([exitCode, evidence?.failure?.code, evidence?.guarded], [100, 'activation_failed', true]);
    const { guardEnd } = await host.shows('the end', ({ guardEnd }) => guardEnd !== null);
    assert.equal([guardEnd?.end, guardEnd?.cause, ...host.stands()], ['undone', 'activation', ...OLD]);
  },
  ON_MAC,
);

hostTest(
  'nix-darwin: a system from before 25.05 is refused before a guard is armed',
  async (host) => {
    writeFileSync(host.file('store/new/activate-user'), '#!/bin/sh\nexit 0\n');
    const { exitCode, evidence } = await host.exited(host.rollback());
    assert.equal([exitCode, evidence?.guarded, host.plan(), host.log()], [1, undefined, null, '']);
  },
  ON_MAC,
);

test.run();
