import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Metrics, Report } from '../../shared/model/report.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import type { AgentFrame } from '../../shared/wire/protocol.ts';
import { startHeartbeatLoop } from './heartbeat-loop.ts';

const METRICS: Metrics = { cpuPercent: null, memoryPercent: null, swapPercent: null, load1: null, diskPercent: null };

function start(sample: () => Promise<Report> = async () => ({ afterCommand: null }) as Report) {
  const clock = createFakeClock();
  const sent: AgentFrame[] = [];
  const errors: unknown[] = [];
  const state = { connected: true, samples: 0 };
  const heartbeat = startHeartbeatLoop({
    intervalMs: 5000,
    clock,
    report: () => {
      state.samples += 1;
      return sample();
    },
    metrics: async () => METRICS,
    isConnected: () => state.connected,
    send: (frame) => {
      if (state.connected) sent.push(frame);
      return state.connected;
    },
    log: { debug() {}, info() {}, warn() {}, error: (fields: unknown) => errors.push(fields) },
  });
  const seqs = () => sent.map((frame) => (frame.type === 'heartbeat' ? frame.payload.seq : frame.type));
  return { clock, sent, errors, state, heartbeat, seqs };
}

test('a heartbeat leaves at each interval, numbered from 1', async () => {
  const { clock, heartbeat, seqs } = start();
  for (let beat = 0; beat < 3; beat++) {
    clock.advance(5000);
    await turn();
  }
  assert.equal(seqs(), [1, 2, 3]);
  heartbeat.close();
  clock.advance(50_000);
  await turn();
  assert.equal(seqs(), [1, 2, 3]);
});

test('a beat requested during a sample follows it with a new sample', async () => {
  const samples: ((report: Report) => void)[] = [];
  const { heartbeat, sent } = start(() => new Promise((resolve) => samples.push(resolve)));
  heartbeat.beat();
  heartbeat.beat();
  heartbeat.beat();
  assert.is(samples.length, 1);
  samples[0]?.({ afterCommand: null } as Report);
  await turn();
  assert.is(samples.length, 2);
  samples[1]?.({ afterCommand: 'pull' } as Report);
  await turn();
  assert.equal(
    sent.map((frame) => frame.type === 'heartbeat' && frame.payload.report.afterCommand),
    [null, 'pull'],
  );
  assert.is(samples.length, 2);
  heartbeat.close();
});

test('a slow sample does not queue up beats', async () => {
  const samples: ((report: Report) => void)[] = [];
  const { clock, heartbeat } = start(() => new Promise((resolve) => samples.push(resolve)));
  clock.advance(60_000);
  await turn();
  assert.is(samples.length, 1);
  for (let sample = 0; sample < 3; sample++) {
    samples[sample]?.({ afterCommand: null } as Report);
    await turn();
  }
  assert.is(samples.length, 2);
  heartbeat.close();
});

test('without a connection nothing is sampled and no number is used up', async () => {
  const { clock, state, heartbeat, seqs } = start();
  state.connected = false;
  clock.advance(5000);
  await turn();
  assert.is(state.samples, 0);
  state.connected = true;
  clock.advance(5000);
  await turn();
  assert.equal(seqs(), [1]);
  heartbeat.close();
});

test('a failed sample is logged, and the next beat comes', async () => {
  let fail = true;
  const { clock, errors, heartbeat, seqs } = start(async () => {
    if (fail) throw new Error('disk gone');
    return { afterCommand: null } as Report;
  });
  clock.advance(5000);
  await turn();
  assert.is(errors.length, 1);
  fail = false;
  clock.advance(5000);
  await turn();
  assert.equal(seqs(), [1]);
  heartbeat.close();
});

test.run();
