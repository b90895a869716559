/**
 * Runs commands at the same time: `node scripts/at-once.ts COMMAND...`, each through a shell. Streams the last one's output, and
 * prints that of the others when they have ended. Ends with the time of each and of all. Exit status 1 if any of them failed.
 */
import { spawn } from 'node:child_process';

type Ended = { command: string; isOk: boolean; ms: number };

function run(command: string, isShown: boolean): Promise<Ended> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const output: Buffer[] = [];
    const child = spawn(command, {
      shell: true,
      stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => output.push(piece));
    child.on('close', (status) => {
      process.stdout.write(Buffer.concat(output));
      resolve({ command, isOk: status === 0, ms: performance.now() - startedAt });
    });
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const commands = process.argv.slice(2);
const ended = await Promise.all(commands.map((command, at) => run(command, at === commands.length - 1)));
for (const { command, isOk, ms } of ended) console.log(`${isOk ? 'ok' : 'failed'}: ${command}, ${seconds(ms)}`);
console.log(`in all ${seconds(performance.now())}`);
process.exitCode = ended.every(({ isOk }) => isOk) ? 0 : 1;
