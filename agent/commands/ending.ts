import type { Evidence } from '../../shared/model/report.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';

/** How a command ended, before its output and evidence are gathered. */
export type Ending = {
  exitCode: number | null;
  signal: string | null;
  lost: boolean;
  leftovers: number;
  /** Processes that may still run; see `Evidence`. */
  unfound: NonNullable<Evidence['unfound']> | null;
  endedAt: number;
  kill: CommandExited['kill'];
};

export const lostAt = (endedAt: number): Omit<Ending, 'kill' | 'unfound'> => ({
  exitCode: null,
  signal: null,
  lost: true,
  leftovers: 0,
  endedAt,
});
