import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { procMissing, testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { processesOf } from '../harness/census.ts';
import { withSystem } from '../harness/system.ts';

const treeTest = testUnless([procMissing()]);

/** A child that ignores SIGTERM, one in a session of its own, and one whose parent has left. */
const TREE = [
  "(trap '' TERM; while :; do sleep 0.2; done) &",
  'setsid sleep 301 &',
  '(sleep 302 & exit 0)',
  'echo ready',
  'wait',
].join('\n');

treeTest(
  'a kill ends the whole tree of a command, whatever its processes did to get away',
  withSystem(async ({ api, addHost, dispatch, command }) => {
    const host = await addHost('web1', { ops: { tree: TREE, hello: 'echo hello' } });
    const id = await dispatch('tree', 'web1');
    await command(id, ({ output }) => output.bytes > 0);
    const members = () => processesOf(`spool/${id}`).map(({ command }) => command);
    for (const member of ['sleep 301', 'sleep 302']) await waitFor(member, members, (found) => found.includes(member));

    const killId = await dispatch('kill', 'web1', { options: { graceMs: 300 } });
    const killed = await command(id);
    assert.equal([killed.status, killed.code], ['KILLED', 'killed']);
    assert.equal(members(), [], 'KILLED is told only when nothing is left');
    assert.is(killed.kill?.stage, 'dead');
    assert.type(killed.kill?.escalatedAt, 'number', 'the child that ignores SIGTERM needed SIGKILL');
    const kill = await command(killId);
    assert.equal([kill.status, kill.targetCommandId], ['SUCCESS', id]);
    assert.is(host.agent.exits.length, 0, 'the agent itself was not hit');

    const next = await dispatch('hello', 'web1');
    assert.is((await command(next)).status, 'SUCCESS', 'the slot is free again');
    assert.is((await api.output(id)).toString(), 'ready\n');
  }),
);

test.run();
