/**
 * Runs commands at the same time: `node scripts/at-once.ts COMMAND...`, each through a shell. Streams the last one's output, and
 * prints that of the others when they have ended. Exit status 1 if any of them failed.
 */
import { spawn } from 'node:child_process';

/** Resolves to whether the command succeeded. */
function run(command: string, isShown: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const output: Buffer[] = [];
    const child = spawn(command, {
      shell: true,
      stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => output.push(piece));
    child.on('close', (status) => {
      process.stdout.write(Buffer.concat(output));
      resolve(status === 0);
    });
  });
}

const commands = process.argv.slice(2);
const ended = await Promise.all(commands.map((command, at) => run(command, at === commands.length - 1)));
const failed = commands.filter((_, at) => !ended[at]);
for (const command of failed) console.log(`failed: ${command}`);
process.exitCode = failed.length > 0 ? 1 : 0;
