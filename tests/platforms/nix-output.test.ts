import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { procMissing, testUnless } from '../../scripts/test-needs.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';

const MIB = 2 ** 20;

/** The allowed growth: the buffers of two pipes and the garbage in between, not the data that passes through. */
const MOST_GROWTH = 80 * MIB;

/** In place of nix: 90 MB of build log, a line of 10 MB, one of 10 MB that begins like an event, and bytes that are not text. */
const NIX = `#!${process.execPath}
const { readFileSync, writeFileSync, writeSync } = require('node:fs');
const peak = () => Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/' + process.ppid + '/status', 'utf8'))[1]) * 1024;
const write = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(2, bytes, at); };
const event = (fields) => Buffer.from('@nix ' + JSON.stringify(fields) + '\\n');
write(event({ action: 'start', id: 1, level: 3, text: 'building', type: 105, fields: ['/nix/store/x.drv'] }));
const before = peak();
const line = event({ action: 'result', id: 1, type: 101, fields: ['0123456789'.repeat(8)] });
const lines = Buffer.concat(new Array(10_000).fill(line));
for (let count = 0; count < 60; count++) write(lines);
write(Buffer.from([0, 0xff, 0xfe, 0xc3, 0x0a]));
write(Buffer.concat([Buffer.alloc(10_000_000, 'x'), Buffer.from('\\n@nix ' + 'y'.repeat(10_000_000) + '\\nlast')]));
writeFileSync(process.env.SWITCHYARD_EVIDENCE_DIR + '/growth', String(peak() - before));
process.exit(5);
`;

function expected(): string {
  const hash = createHash('sha256').update('building\n');
  const lines = `x> ${'0123456789'.repeat(8)}\n`.repeat(10_000);
  for (let count = 0; count < 60; count++) hash.update(lines);
  hash.update(Buffer.from([0, 0xff, 0xfe, 0xc3, 0x0a]));
  return hash.update(`${'x'.repeat(10_000_000)}\n@nix ${'y'.repeat(10_000_000)}\nlast`).digest('hex');
}

testUnless([procMissing()])(
  'much output and lines of 10 MB pass byte for byte through a step whose reader is slow, and it does not grow',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'switchyard-nix-output-'));
    try {
      const bundle = join(dir, 'agent.js');
      writeFileSync(bundle, await agentBundle(''));
      writeFileSync(join(dir, 'nix'), NIX, { mode: 0o755 });
      const env = { PATH: `${dir}:${process.env.PATH}`, SWITCHYARD_EVIDENCE_DIR: dir };
      const step = spawn(process.execPath, [bundle, 'step', 'nix', 'build'], {
        env,
        stdio: ['ignore', 'inherit', 'pipe'],
      });
      const ended = new Promise((resolve) => step.on('close', resolve));
      const hash = createHash('sha256');
      for await (const chunk of step.stderr) {
        hash.update(chunk as Buffer);
        await sleep(systemClock, 1);
      }
      assert.is(await ended, 5);
      assert.is(hash.digest('hex'), expected());
      const growth = Number(readFileSync(join(dir, 'growth'), 'utf8'));
      console.log(`# the step grew by ${Math.round(growth / MIB)} MiB`);
      assert.ok(growth > 0 && growth < MOST_GROWTH, `${growth} bytes`);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);

test.run();
