import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atFrame } from '../harness/frame-fault.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound } from '../harness/subject.ts';

const MEBIBYTE = 1024 * 1024;
const LIMIT = 64 * MEBIBYTE;
/** bench/README.md, Budgets: neither program may grow by more than this through 100 MB of output. */
const GROWTH_KIB = 100_000;

const inSystem = shareSystem(test);

/** Peak of a process's memory so far, in KiB; null if the system does not tell. */
function peakKib(pid: number): number | null {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return kib === undefined ? null : Number(kib);
}

test(
  '100 MB of output with a line of 10 MB: what is kept is its first 64 MiB byte for byte, and nobody grows by as much',
  inSystem(async (system) => {
    const file = join(system.dir, 'large.bytes');
    const line = randomBytes(7_500_000).toString('base64');
    const bytes = Buffer.from(`first\n${line}\n${`${'x'.repeat(99)}\n`.repeat(900_000)}last\n`);
    assert.ok(bytes.length > 100_000_000);
    writeFileSync(file, bytes);
    const subject = await addSubject(system, 'large', { ops: { large: `cat '${file}'; exit 3` } });
    const pids = [system.coordinator.pid(), subject.host.agent.pid() ?? 0];
    const before = pids.map(peakKib);
    const id = await system.dispatch('large', 'large');
    const output = bytes.subarray(0, LIMIT);
    const ended = await expectSound(subject, id, { status: 'ERROR', exitCode: 3, starts: 1, output, truncated: true });
    assert.equal(ended.output, { bytes: LIMIT, total: bytes.length, truncated: true });
    for (const [index, pid] of pids.entries()) {
      const grown = (peakKib(pid) ?? 0) - (before[index] ?? 0);
      assert.ok(grown < GROWTH_KIB, `${index === 0 ? 'coordinator' : 'agent'} grew by ${grown} KiB`);
    }
  }),
);

test(
  'NUL bytes, broken UTF-8, control characters and no newline at the end, over connections that are cut: byte for byte',
  inSystem(async (system) => {
    const file = join(system.dir, 'odd.bytes');
    const odd = Buffer.from([0, 0xff, 0xc3, 0x28, 0xe2, 0x82, 0, 0x1b, 0x5b, 0x32, 0x4a, 0x0d, 0x0a, 0xf0, 0x9f, 0x98]);
    const bytes = Buffer.concat([odd, randomBytes(3 * MEBIBYTE), odd]);
    writeFileSync(file, bytes);
    const proxy = await system.addProxy();
    const subject = await addSubject(system, 'odd', { address: proxy.address, ops: { odd: `cat '${file}'; exit 3` } });
    for (const nth of [1, 4, 10]) {
      const hit = atFrame(proxy, 'agent output', 'cut-before', { nth });
      const id = await system.dispatch('odd', 'odd', { queueMs: 30_000 });
      await hit;
      await expectSound(subject, id, { status: 'ERROR', exitCode: 3, starts: 1, output: bytes });
    }
  }),
);

test(
  'no output at all, and 20,000 lines written one by one',
  inSystem(async (system) => {
    const subject = await addSubject(system, 'small', {
      ops: { silent: ':', lines: 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i; done' },
    });
    const silent = await system.dispatch('silent', 'small');
    await expectSound(subject, silent, { status: 'SUCCESS', starts: 1, output: '' });
    const lines = await system.dispatch('lines', 'small');
    const output = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('');
    await expectSound(subject, lines, { status: 'SUCCESS', starts: 1, output });
  }),
);

test.run();
