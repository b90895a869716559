/**
 * `npm run fresh [-- --short | PATTERN...]`: runs what the README tells a newcomer to type, on a Debian with only Node and git,
 * in a clone of this checkout's HEAD. Needs root on Debian. --short runs only the demo and `npm run check`, patterns just these
 * suites.
 * Exit status 1 if a command fails, or skips a test: that machine has all rights, so nothing excuses a skip.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openBareMachine } from './bare-machine.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CLONE = '/root/switchyard';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false } },
});

/** The lines of the README's blocks that can be typed in a clone. */
function readmeCommands(): string[] {
  const lines = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n');
  const commands = lines.filter((line) => line.startsWith('npm ci && '));
  if (commands.length !== 2)
    throw new Error(`README.md has ${commands.length} commands, not 2: ${commands.join('; ')}`);
  if (positionals.length > 0) {
    const patterns = positionals.map((pattern) => `'${pattern}'`).join(' ');
    return [
      `npm ci && PATH=$PWD/node_modules/.bin:$PATH && node scripts/prepare-machine.ts && node scripts/run-tests.ts ${patterns}`,
    ];
  }
  return values.short ? commands.map((command) => command.replace('npm test', 'npm run check')) : commands;
}

const git = (...args: string[]) => execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' }).trim();

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupt.abort());

const minutes = (sinceMs: number) => `${((performance.now() - sinceMs) / 60_000).toFixed(1)} min`;

/** The faults of the run, one line each. */
async function main(): Promise<string[]> {
  const commands = readmeCommands();
  if (git('status', '--porcelain')) console.log('# what is not committed is not part of this run');
  const machine = openBareMachine();
  const wrong: string[] = [];
  try {
    git('clone', '--quiet', '--no-local', ROOT, machine.path(CLONE));
    if ((await machine.run(`test ! -e '${ROOT}'`, '/', () => {}, interrupt.signal)) !== 0)
      throw new Error('the outer machine can be seen from the new one');
    console.log(`# ${git('log', '-1', '--format=%h %s')}, in ${machine.dir}`);
    for (const command of commands) {
      console.log(`\n# ${command}`);
      const startedAt = performance.now();
      let output = '';
      const hear = (text: string) => {
        output += text;
        process.stdout.write(text);
      };
      const status = await machine.run(command, CLONE, hear, interrupt.signal);
      if (interrupt.signal.aborted) return ['interrupted'];
      console.log(`# ${command}: status ${status} after ${minutes(startedAt)}`);
      if (status !== 0) wrong.push(`${command}: status ${status}`);
      for (const [line] of output.matchAll(/^skipped in .*$/gm)) wrong.push(`${command}: ${line}`);
    }
  } finally {
    await machine.close();
  }
  return wrong;
}

const wrong = await main();
console.log(wrong.length === 0 ? '\n# A new machine is green.' : `\n# A new machine is red:\n${wrong.join('\n')}`);
process.exitCode = wrong.length === 0 ? 0 : 1;
