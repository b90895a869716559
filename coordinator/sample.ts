import type { Command } from '../shared/command.ts';
import type { Report } from '../shared/report.ts';
import { blankCommand } from './lifecycle/create.ts';

/** Values that tests start from: all that a test does not name is null, empty or plain. */

export const SAMPLE_HOST = '00000000-0000-4000-8000-000000000001';

/** A UUID that tells samples apart. */
export const sampleId = (n: number): string => `01890000-0000-7000-8000-${n.toString().padStart(12, '0')}`;

export function sampleReport(known: Partial<Report> = {}): Report {
  return {
    sampledAt: 1000,
    afterCommand: null,
    running: null,
    freshness: { sourceCommit: null, storePath: null, binaryHash: null },
    installed: null,
    expectedCommit: null,
    repoCommit: null,
    generation: null,
    lockHash: null,
    systemPath: null,
    checks: {},
    ...known,
  };
}

export const sampleCommand = (known: Partial<Command> = {}): Command => ({
  ...blankCommand({
    id: sampleId(1),
    op: 'pull',
    hostId: SAMPLE_HOST,
    dispatchId: sampleId(2),
    options: {},
    force: false,
    requestedBy: 'admin',
    targetCommandId: null,
    createdAt: 100,
  }),
  status: 'EXECUTING',
  ...known,
});
