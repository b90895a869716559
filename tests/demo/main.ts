/**
 * `npm run demo [-- --keep]`: runs the main ops on its own small fleet and checks the outcomes. Exits 0 only if each is as
 * expected; leaves no process and no file behind, even on Ctrl-C. With --keep it stays up.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { canCount } from '../harness/census.ts';
import { playScenes } from './scenes.ts';
import { screen } from './screen.ts';
import { createStage, type Stage } from './stage.ts';

const INTERRUPTED = 130;

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const startedAt = performance.now();
const interrupt = new AbortController();
const interrupted = once(interrupt.signal, 'abort').then(() => INTERRUPTED);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
const stage = createStage(interrupt.signal);

/** Resolves to the exit status. */
async function perform(): Promise<number> {
  const open = await stage.open();
  const wrong = await playScenes(open);
  screen.title(wrong === 0 ? 'Every outcome is the expected one' : `Outcomes other than expected: ${wrong}`);
  if (options.keep) showWayIn(open);
  return wrong === 0 ? 0 : 1;
}

function showWayIn({ coordinator: { address, tokenFile } }: Stage): void {
  screen.title('The fleet stays up until Ctrl-C');
  screen.text(`dashboard     ${address}/#token=${readFileSync(tokenFile, 'utf8').trim()} (signs you in)`);
  screen.text(`command line  export SWITCHYARD_SERVER=${address} SWITCHYARD_API_TOKEN=$(cat ${tokenFile})`);
  screen.text(`              npm exec node coordinator/cli/main.ts hosts`);
}

async function main(): Promise<number> {
  let status = 1;
  try {
    status = await Promise.race([perform(), interrupted]);
    if (options.keep) await interrupted;
  } catch (error) {
    // Ctrl-C also reaches the awaited git or nix, so say first that the demo ends.
    await nextTurn();
    if (interrupt.signal.aborted) status = INTERRUPTED;
    else screen.state('error', error instanceof Error ? error.message : String(error));
  }
  if (status === INTERRUPTED) screen.title('Interrupted');
  const left = await stage.close();
  if (left > 0 && status === 0) screen.state('error', `${left} processes were left, and had to be killed`);
  else if (left > 0) screen.state('ok', `what was under way is ended (${left} processes), and the folder is removed`);
  else if (canCount) screen.state('ok', 'no process is left, and the folder is removed');
  screen.aside(`${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return left > 0 && status === 0 ? 1 : status;
}

process.exit(await main());
