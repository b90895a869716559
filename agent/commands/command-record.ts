import type { Evidence } from '../../shared/model/report.ts';
import { errorLineIn } from '../../shared/text/error-line.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';
import type { Log } from '../config/log.ts';
import { createOutputTail } from '../spool/output-tail.ts';
import type { Platform } from '../spool/platform.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';
import type { StateDir } from '../state/state-dir.ts';
import type { Ending } from './ending.ts';

/**
 * A command must end even on a full disk. A failed write is logged, and its content holds until the agent leaves. Returns false
 * if it was not written.
 */
export async function attemptWrite(log: Log, what: string, write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    log.error({ err: error }, `${what} could not be written`);
    return false;
  }
}

/** Gathers what a command left and makes its result durable: `lastEnded` first, then output, then the result itself. */
export async function recordEnd(deps: {
  entry: SpoolEntry;
  startedAt: number | null;
  ending: Ending;
  instanceId: string;
  platform: Pick<Platform, 'evidence'>;
  state: Pick<StateDir, 'setLastEnded'>;
  log: Log;
}): Promise<{ result: CommandExited; written: boolean }> {
  const { entry, startedAt, log } = deps;
  const { id, op, takesSlot } = entry.spec;
  const { leftovers, unfound, ...ending } = deps.ending;
  const evidence = await deps.platform.evidence(op, entry.context);
  const failedStep = ending.exitCode ? await entry.lastStep() : null;
  const errorLine = ending.exitCode ? await errorLineOf(entry) : null;
  const result: CommandExited = {
    id,
    ...ending,
    startedAt,
    outputBytes: await entry.outputBytes(),
    exitInstanceId: deps.instanceId,
    evidence: {
      ...evidence,
      ...(failedStep && { failedStep }),
      ...(errorLine && { errorLine }),
      ...(leftovers > 0 && { leftovers }),
      ...(unfound !== null && { unfound }),
      ...((await entry.outputCut()) && { outputCut: true }),
    },
  };
  if (takesSlot) await attemptWrite(log, 'the last ended command', () => deps.state.setLastEnded(id));
  const written = await attemptWrite(log, 'a result', () => entry.saveResult(result));
  return { result, written };
}

/** A failed command says so at the end of its output. */
const TAIL_BYTES = 256 * 1024;

async function errorLineOf(
  entry: Pick<SpoolEntry, 'outputBytes' | 'outputFile'>,
): Promise<Evidence['errorLine'] | null> {
  const from = Math.max(0, (await entry.outputBytes()) - TAIL_BYTES);
  const tail = createOutputTail(entry.outputFile);
  try {
    return errorLineIn(await tail.read(from, new Uint8Array(TAIL_BYTES)), from);
  } finally {
    await tail.close();
  }
}
