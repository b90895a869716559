import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { shareSystem } from '../harness/shared-system.ts';

const inSystem = shareSystem(test);

test(
  'an op runs on the host, its output is seen while it runs, and its end is what it was',
  inSystem(async ({ api, dir, addHost, dispatch, command }) => {
    await addHost('talks', { ops: { talk: `echo one; ${waitAtGate(dir, 'talks')}; echo two >&2; exit 3` } });
    const id = await dispatch('talk', 'talks');
    let seen = '';
    const followed = (async () => {
      for await (const bytes of await api.follow(id)) seen += Buffer.from(bytes).toString();
    })();
    await waitFor(
      'the first line',
      () => seen,
      (text) => text === 'one\n',
    );
    const running = await api.command(id);
    assert.is(running.status, 'EXECUTING');
    assert.is((await api.host('talks')).activeCommandId, id);

    const second = await api.dispatch({ op: 'talk', hosts: ['talks'] });
    assert.is(second.status, 409);
    assert.is(second.answer.results[0]?.code, 'command_pending');

    openGate(dir, 'talks');
    await followed;
    assert.is(seen, 'one\ntwo\n');
    const ended = await command(id);
    assert.equal([ended.status, ended.code, ended.exitCode], ['ERROR', 'exit_nonzero', 3]);
    assert.equal(
      ended.history.map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'ERROR'],
    );
    assert.equal(ended.output, { bytes: 8, total: 8, truncated: false });
    assert.is((await api.host('talks')).activeCommandId, null);
  }),
);

test(
  'exit 4 says that a configuration is active only where the step that ended with it activates one',
  inSystem(async ({ addHost, run }) => {
    const exit4 = ['/bin/sh', '-c', 'echo "network failure" >&2; exit 4'];
    const env = { SWITCHYARD_PLATFORM: 'nixos' };
    const ops = {
      switch: { steps: [exit4, ['/bin/sh', '-c', 'echo never']], completion: 'restart' },
      deploy: { steps: [['/bin/sh', '-c', 'true'], exit4], completion: 'restart', activates: true },
      fetch: { steps: [exit4], completion: 'restart' },
    } as const;
    await addHost('exit4', { env, ops });
    for (const [op, expected, phase] of [
      ['switch', 'ERROR exit_nonzero', 'step 1 of 2'],
      ['fetch', 'ERROR exit_nonzero', 'run'],
      ['deploy', 'PARTIAL units_failed', 'step 2 of 2'],
    ] as const) {
      const { status, code, evidence } = await run(op, 'exit4', { queueMs: 30_000 });
      assert.equal([`${status} ${code}`, evidence?.failedStep?.phase], [expected, phase]);
    }
  }),
);

test(
  'record and output survive a restart of either side, and nothing runs again',
  inSystem(async ({ api, dir, coordinator, addHost, run, command }) => {
    const ran = join(dir, 'ran');
    const host = await addHost('restarted', { ops: { count: `echo run | tee -a ${ran}` } });
    const { id } = await run('count', 'restarted');
    // The spool's folder goes once everything is acknowledged: before that a restart would bring news.
    const before = await command(id, ({ output }) => output.bytes === output.total);

    host.agent.kill('SIGTERM');
    await waitFor('the next agent', () => host.agent.exits.length === 1 && host.agent.pid());
    assert.equal(host.agent.exits[0], { code: 0, signal: null });
    await host.online();
    assert.equal((await coordinator.kill('SIGTERM')).code, 0);
    await coordinator.start();
    await host.online();

    assert.equal(await api.command(id), before);
    assert.is((await api.output(id)).toString(), 'run\n');
    assert.is(readFileSync(ran, 'utf8'), 'run\n');
    assert.is((await run('count', 'restarted')).status, 'SUCCESS');
    assert.is(readFileSync(ran, 'utf8'), 'run\nrun\n');
  }),
);

test(
  '10 MB of output with NUL bytes and broken UTF-8 arrive byte for byte',
  inSystem(async ({ api, dir, addHost, run, command }) => {
    const file = join(dir, 'bytes');
    const bytes = Buffer.concat([Buffer.from([0, 0xff, 0xc3, 0x28, 0, 0x0a]), randomBytes(10 * 1024 * 1024)]);
    writeFileSync(file, bytes);
    await addHost('spills', { ops: { spill: `cat ${file}` } });
    const { id, status } = await run('spill', 'spills');
    assert.is(status, 'SUCCESS');
    const { output } = await command(id, ({ output: { bytes, total } }) => bytes === total);
    assert.equal(output, { bytes: bytes.length, total: bytes.length, truncated: false });
    assert.ok(bytes.equals(await api.output(id)), 'the stored output is another one');
  }),
);

test(
  'an offline host refuses a command, and with queueMs runs it when it comes up',
  inSystem(async ({ api, addHost, dispatch, command }) => {
    const host = await addHost('sleeper', { ops: { hello: 'echo hello' } });
    await host.agent.stop();
    await host.offline();

    const refused = await api.dispatch({ op: 'hello', hosts: ['sleeper'] });
    assert.is(refused.status, 422);
    assert.equal([refused.answer.results[0]?.status, refused.answer.results[0]?.code], ['BLOCKED', 'host_offline']);

    const id = await dispatch('hello', 'sleeper', { queueMs: 60_000 });
    assert.is((await api.command(id)).status, 'QUEUED');
    host.agent.start();
    const ended = await command(id);
    assert.equal(
      ended.history.map(({ to }) => to),
      ['QUEUED', 'PENDING', 'EXECUTING', 'SUCCESS'],
    );
    assert.is((await api.output(id)).toString(), 'hello\n');
  }),
);

test.run();
