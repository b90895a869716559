import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createSpool } from '../agent/spool/spool.ts';
import { newCommandId } from '../shared/ids.ts';

/** A step that is a clock: it asks for the time first, and its whole output is the answer, in ns. */
export const STAMP = ['date', '+%s%N'] as const;

export const nowMs = (): number => performance.timeOrigin + performance.now();

export const sinceMs = (startedAt: number, stamp: string): number => Number(stamp) / 1e6 - startedAt;

/**
 * The floor of a command's start: its wrapper, written to `dir` beforehand as the agent writes it, and spawned by a process that
 * does nothing else. Resolves to the ms from the spawn until the step ran.
 */
export async function bareSpawn(dir: string): Promise<number> {
  const spool = createSpool({ dir, witnessDir: null });
  const entry = await spool.create(
    { id: newCommandId(), op: 'stamp', completion: 'exit', takesSlot: true, acceptedAt: 0, bootId: 'boot' },
    [{ phase: 'stamp', argv: STAMP }],
  );
  const startedAt = nowMs();
  const child = spawn('/bin/sh', [entry.script], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, SWITCHYARD_COMMAND_ID: entry.spec.id },
  });
  await new Promise((resolve) => child.once('exit', resolve));
  const stamp = await readFile(entry.outputFile, 'utf8');
  await entry.remove();
  return sinceMs(startedAt, stamp);
}
