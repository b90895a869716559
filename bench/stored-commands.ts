import { sampleRecord } from '../coordinator/store/fixtures/records.ts';
import type { Store } from '../coordinator/store/store.ts';
import { newCommandId, newId } from '../shared/ids.ts';
import { simulatedReport } from './simulated-report.ts';

const OPS = ['pull', 'switch', 'test', 'check-version'];
const STEPS = [
  [null, 'PENDING'],
  ['PENDING', 'EXECUTING'],
  ['EXECUTING', 'SUCCESS'],
] as const;
const EVENT = { level: 'info', category: 'audit', actor: 'admin', next: null } as const;

/**
 * Stores `count` commands that have ended, each with its history and its events: dispatches to all hosts, the oldest of
 * them from `oldestAt`, the others at even distances until now.
 */
export function storeEndedCommands(
  store: Store,
  { hostIds, count, oldestAt }: { hostIds: readonly string[]; count: number; oldestAt: number },
): void {
  const dispatches = Math.ceil(count / hostIds.length);
  for (let index = 0; index < dispatches; index++) {
    const at = Math.round(oldestAt + ((Date.now() - oldestAt) * index) / dispatches);
    const meant = hostIds.slice(0, count - index * hostIds.length);
    store.transaction(() => storeDispatch(store, { op: OPS[index % OPS.length] ?? 'pull', hostIds: meant, at }));
  }
}

function storeDispatch(
  store: Store,
  { op, hostIds, at }: { op: string; hostIds: readonly string[]; at: number },
): void {
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
}
