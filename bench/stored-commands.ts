import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MARK_BYTES, marksPath, outputPath } from '../coordinator/output/file.ts';
import { sampleRecord } from '../coordinator/store/fixtures/records.ts';
import type { SqliteStore } from '../coordinator/store/sqlite/store.ts';
import { newCommandId, newId } from '../shared/ids.ts';
import { simulatedReport } from './simulated-report.ts';

const OPS = ['pull', 'switch', 'test', 'check-version'];
const STEPS = [
  [null, 'PENDING'],
  ['PENDING', 'EXECUTING'],
  ['EXECUTING', 'SUCCESS'],
] as const;
const EVENT = { level: 'info', category: 'audit', actor: 'admin', next: null } as const;

const OUTPUT = 'up to date\n'.repeat(100);

export type EndedCommands = {
  hostIds: readonly string[];
  count: number;
  oldestAt: number;
  /** Older ones have an output, a small one. */
  outputUntil: number;
  outputDir: string;
};

/**
 * Stores `count` ended commands, each with its history and its events: dispatches to all hosts, the oldest from `oldestAt`, the
 * others evenly spaced until now.
 */
export function storeEndedCommands(store: SqliteStore, ended: EndedCommands): void {
  const { hostIds, count, oldestAt, outputUntil, outputDir } = ended;
  const dispatches = Math.ceil(count / hostIds.length);
  for (let index = 0; index < dispatches; index++) {
    const at = Math.round(oldestAt + ((Date.now() - oldestAt) * index) / dispatches);
    const meant = hostIds.slice(0, count - index * hostIds.length);
    const ids = store.transaction(() =>
      storeDispatch(store, { op: OPS[index % OPS.length] ?? 'pull', hostIds: meant, at }),
    );
    if (at < outputUntil) for (const id of ids) writeOutput(outputDir, id);
  }
}

function writeOutput(outputDir: string, id: string): void {
  mkdirSync(dirname(outputPath(outputDir, id)), { recursive: true });
  writeFileSync(outputPath(outputDir, id), OUTPUT);
  writeFileSync(marksPath(outputDir, id), Buffer.alloc(MARK_BYTES));
}

/** The ids of its commands. */
function storeDispatch(
  store: SqliteStore,
  { op, hostIds, at }: { op: string; hostIds: readonly string[]; at: number },
): string[] {
  const dispatchId = newId();
  const results = hostIds.map((hostId, index) => {
    const id = newCommandId();
    const report = simulatedReport({ index, afterCommand: id, running: null, checkedAt: at });
    const times = { createdAt: at, dispatchedAt: at, acceptedAt: at, startedAt: at, exitedAt: at, finishedAt: at };
    const end = { status: 'SUCCESS', exitCode: 0, before: report, after: report } as const;
    store.commands.save(sampleRecord({ id, hostId, op, dispatchId, ...end, ...times }));
    for (const [from, to] of STEPS) {
      store.history.append(id, { at, from, to, timeoutStatus: 'NORMAL', cause: 'simulated', code: null });
      store.events.append({ ...EVENT, at, hostId, commandId: id, code: to.toLowerCase(), message: `${op} is ${to}` });
    }
    const answer = { status: 'PENDING', code: null, message: null, alternative: null } as const;
    return { hostId, host: hostId, commandId: id, ...answer };
  });
  store.dispatches.save({ id: dispatchId, op, requestedBy: 'admin', createdAt: at, results });
  return results.map(({ commandId }) => commandId);
}
