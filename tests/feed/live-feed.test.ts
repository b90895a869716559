import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ClientOptions } from 'ws';
import { connectFeed, type FeedClient } from '../../coordinator/fixtures/feed-client.ts';
import type { FeedFrame } from '../../shared/feed/frames.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type System, withSystem } from '../harness/system.ts';

const connect = ({ coordinator }: System, from?: FeedClient, options: ClientOptions = {}): FeedClient => {
  const token = readFileSync(coordinator.tokenFile, 'utf8').trim();
  const url = `${coordinator.address.replace('http', 'ws')}/ws/dashboard`;
  const headers = { authorization: `Bearer ${token}` };
  return connectFeed({ url, options: { headers, ...options }, ...(from && { from }) });
};

const hasState = (client: FeedClient) => waitFor('a state', () => client.state);

const outputOf = ({ frames }: FeedClient) =>
  frames.filter((frame): frame is Extract<FeedFrame, { type: 'output' }> => frame.type === 'output');

test(
  'output can be joined in the middle of its stream, by many, from anywhere: no gap, no duplicate',
  withSystem(async (system) => {
    await system.addHost('web1', {
      ops: { talk: 'for i in $(seq 1 300); do echo "Zeile $i: größer 🎉"; sleep 0.01; done' },
    });
    const id = await system.dispatch('talk', 'web1');
    const joined: { from: number; client: FeedClient }[] = [];
    for (const part of [0, 0.3, 0.5, 0.8]) {
      const { output } = await system.command(id, (command) => command.output.bytes > part * 7000);
      const client = connect(system);
      await hasState(client);
      const from = Math.floor(output.bytes * part);
      client.send({ type: 'subscribe_output', commandId: id, offset: from });
      joined.push({ from, client });
    }
    const { output } = await system.command(id);
    const whole = await system.api.output(id);
    for (const { from, client } of joined) {
      await waitFor('all of it', () => outputOf(client).at(-1)?.next === output.bytes);
      const pieces = outputOf(client);
      const begins = pieces[0]?.offset ?? 0;
      assert.ok(begins >= from && begins - from < 4);
      for (const [at, { offset }] of pieces.entries()) assert.is(offset, at === 0 ? begins : pieces[at - 1]?.next);
      assert.is(pieces.map(({ data }) => data).join(''), whole.subarray(begins).toString());
      client.socket.terminate();
    }
  }),
);

test(
  'clients agree with the API while a command runs, is killed, and the coordinator restarts under them',
  withSystem(async (system) => {
    await system.addHost('web1', { ops: { slow: 'while :; do sleep 0.1; done' } });
    const [one, two] = [connect(system), connect(system)];
    await hasState(one);
    await hasState(two);
    const id = await system.dispatch('slow', 'web1');
    await waitFor('it runs', () => one.state?.commands.get(id)?.status === 'EXECUTING');
    two.socket.terminate();
    await system.dispatch('kill', 'web1');
    await system.command(id);
    const resumed = connect(system, two);
    await waitFor('its end', () => resumed.state?.commands.get(id)?.status !== 'EXECUTING');
    assert.ok(!resumed.frames.some(({ type }) => type === 'init'), 'only what was missed came');

    await system.coordinator.kill('SIGKILL');
    await waitFor('the break', () => one.closed && resumed.closed);
    await system.coordinator.start();
    const after = [connect(system, one), connect(system, resumed)];
    for (const client of after) {
      await waitFor('a new epoch', () => client.epoch !== one.epoch);
      await waitFor('the host', () => [...(client.state?.hosts.values() ?? [])].some(({ online }) => online));
      for (const [commandId, command] of client.state?.commands ?? [])
        assert.is(command.status, (await system.api.command(commandId)).status);
      assert.equal(client.state?.attention, await system.api.attention());
      assert.equal(client.faults, []);
      client.socket.terminate();
    }
    assert.equal([...one.faults, ...resumed.faults], []);
  }),
);

/** Bytes that came over the connection. */
const bytesOf = (socket: object): number => (socket as { _socket: { bytesRead: number } })._socket.bytesRead;

test(
  'a whole state is compressed for a client that takes that, and is the same',
  withSystem(async (system) => {
    for (let n = 0; n < 30; n += 1) await system.api.addHost(`web${n}`);
    const [packed, plain] = [connect(system), connect(system, undefined, { perMessageDeflate: false })];
    assert.equal((await hasState(packed))?.hosts, (await hasState(plain))?.hosts);
    const [few, many] = [bytesOf(packed.socket), bytesOf(plain.socket)];
    for (const { socket } of [packed, plain]) socket.terminate();
    assert.ok(few < many / 3, `${few} of ${many} bytes`);
  }),
);

test.run();
