import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import type { HostFacts } from '../spool/platform.ts';
import { sampleReport } from './report.ts';

const FRESHNESS = { sourceCommit: null, storePath: null, binaryHash: 'abc' };
const facts = (repoCommit: string): HostFacts => ({
  repoCommit,
  generation: null,
  lockHash: null,
  systemPath: null,
  expectedCommit: null,
  checks: {},
});

test('a command that ends while the host is sampled is not claimed: its data may be from before', async () => {
  let lastEnded = 'earlier';
  let commit = 'old';
  const report = await sampleReport({
    clock: createFakeClock(),
    freshness: FRESHNESS,
    facts: async () => {
      const seen = facts(commit);
      commit = 'new';
      lastEnded = 'pull';
      return seen;
    },
    installed: async () => null,
    lastEnded: () => lastEnded,
    guards: async () => ({}),
    failedUnits: { latest: () => null },
    running: () => null,
  });
  assert.is(report.repoCommit, 'old');
  assert.is(report.afterCommand, 'earlier');
});

test('the report is the sum of its sources, sampled now', async () => {
  const clock = createFakeClock(5000);
  const running = { id: 'x', op: 'pull', pid: 1, startedAt: 2, phase: 'fetch' };
  const installed = { storePath: null, binaryHash: 'def' };
  const report = await sampleReport({
    clock,
    freshness: FRESHNESS,
    facts: async () => facts('c'),
    installed: async () => installed,
    lastEnded: () => null,
    guards: async () => ({ guard: null, guardEnd: null }),
    failedUnits: { latest: () => ({ names: ['a.service'], sampledAt: 4000 }) },
    running: () => running,
  });
  assert.equal(report, {
    guard: null,
    guardEnd: null,
    failedUnits: { names: ['a.service'], sampledAt: 4000 },
    sampledAt: 5000,
    afterCommand: null,
    running,
    freshness: FRESHNESS,
    installed,
    ...facts('c'),
  });
});

test.run();
