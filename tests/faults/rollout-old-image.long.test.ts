import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { rolloutScene } from './rollout-scene.ts';

const scene = rolloutScene();

test('a rollout of a fresh build proves each host', async () => {
  const { fleet, rollOut, rollouts, standings } = scene();
  await fleet.bumpAgent(agentBundle);
  const id = await rollOut();
  assert.is((await rollouts.settled(id)).status, 'DONE');
  assert.equal(await standings(id), [
    ['web1', 'proven', null],
    ['web2', 'proven', null],
  ]);
});

test('a host still on the old image is never proven, and no later wave runs', async () => {
  const { fleet, rollOut, rollouts, standings, system } = scene();
  const commit = fleet.bumpPinOnly();
  const id = await rollOut();
  const seen = await rollouts.settled(id);
  assert.equal([seen.status, seen.reason?.code], ['PAUSED', 'failures']);
  assert.equal(await standings(id), [
    ['web1', 'failed', 'stale_binary'],
    ['web2', 'waiting', null],
  ]);
  const quarantined = (await (await system.api.send('/api/quarantine')).json()) as { commit: string }[];
  assert.ok(quarantined.some((one) => one.commit === seen.commit));
  assert.is(seen.commit, commit);
  // A retry runs the host once more, and still does not prove it.
  await rollouts.decide(id, 'retry');
  const again = await waitFor('the end of the retry', async () => {
    const now = await rollouts.view(id);
    return now.status === 'PAUSED' && now.rev > seen.rev && now;
  });
  assert.is(again.counts.proven, 0);
});

test.run();
