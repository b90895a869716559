import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeRunTraces } from '../../agent/fixtures/run-traces.ts';
import { type Found, killAllOf } from './census.ts';

/**
 * Makes a temporary folder, links resolved. Neither it nor a process of it outlives this process, however this one ends: a suite
 * that runs too long and a soak on Ctrl-C are killed, and commands of agents are nobody's children.
 */
export function makeFolder(prefix: string): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  janitor ??= startJanitor();
  janitor.write(`${dir}\n`);
  return dir;
}

/** Kills all processes of the folder, then removes it and what its agents left in /run. Returns what was killed. */
export async function clearFolder(dir: string): Promise<Found[]> {
  const killed = await killAllOf(dir);
  removeRunTraces(dir);
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  return killed;
}

let janitor: Socket | null = null;

/**
 * Waits for the end of its input, and so of this process, and then clears the folders that are still there. It has a session of
 * its own and nobody as its parent, so that what ends this process's tree doesn't end it too.
 */
const JANITOR_SH = `(
IFS='
'
for dir in $(cat); do [ ! -e "$dir" ] || set -- "$@" "$dir"; done
[ $# -eq 1 ] || exec "$0" "$@"
) <&3 3<&- &`;

function startJanitor(): Socket {
  const shell = spawn('/bin/sh', ['-c', JANITOR_SH, process.execPath, join(import.meta.dirname, 'janitor.ts')], {
    cwd: '/',
    env: { PATH: process.env.PATH },
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  shell.unref();
  const words = shell.stdio[3] as Socket;
  words.unref();
  return words;
}
