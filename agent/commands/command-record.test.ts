import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandExited } from '../../shared/wire/protocol.ts';
import { createLog } from '../config/log.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';
import { recordEnd } from './command-record.ts';

const dir = mkdtempSync(join(tmpdir(), 'switchyard-record-'));
test.after(() => rmSync(dir, { recursive: true }));

/** The record of a command with this output and this end. */
async function recorded(output: string, exitCode: number): Promise<CommandExited> {
  const outputFile = join(dir, 'output');
  writeFileSync(outputFile, output);
  const entry = {
    outputFile,
    spec: { id: 'c', op: 'test', takesSlot: false },
    context: {},
    lastStep: async () => null,
    outputBytes: async () => Buffer.byteLength(output),
    outputCut: async () => false,
    saveResult: async () => {},
  } as unknown as SpoolEntry;
  const ending = { exitCode, signal: null, lost: false, leftovers: 0, unfound: null, endedAt: 2, kill: null };
  const { result } = await recordEnd({
    entry,
    startedAt: 1,
    ending,
    instanceId: 'i',
    log: createLog('silent'),
    platform: { evidence: async () => ({}) },
    state: { setLastEnded: async () => {} },
  });
  return result;
}

test('a failed command keeps the line that says why, with its offset, in output of any length', async () => {
  const noise = 'gcc -Wno-error=format-security -c a.c\n'.repeat(20_000);
  const { evidence } = await recorded(`${noise}error: no space left\nbye\n`, 1);
  assert.equal(evidence?.errorLine, { text: 'error: no space left', offset: noise.length });
});

test('a successful or silent command has no such line', async () => {
  assert.is((await recorded('error: but it went on\n', 0)).evidence?.errorLine, undefined);
  assert.is((await recorded('', 1)).evidence?.errorLine, undefined);
});

test.run();
