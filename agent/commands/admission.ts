import { systemCode } from '../../shared/files/durable-file.ts';
import type { RunningCommand } from '../../shared/model/report.ts';
import { opOnHost } from '../../shared/ops/ops.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { CommandRejected, CommandRun } from '../../shared/wire/protocol.ts';
import type { Platform } from '../spool/platform.ts';
import type { Spool } from '../spool/spool.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';

export type AdmissionDeps = {
  platform: Pick<Platform, 'ops' | 'plan'>;
  spool: Pick<Spool, 'context' | 'create'>;
  clock: Pick<Clock, 'now'>;
  /** The coordinator's wall clock, for `notAfter`. */
  serverNow(): number;
  bootId: string;
  /** The command that holds the slot. */
  running(): RunningCommand | null;
};

/** Writes a new command to disk, or says why this host does not take it; then nothing is left on disk. */
export async function admit(deps: AdmissionDeps, frame: CommandRun): Promise<SpoolEntry | CommandRejected> {
  const { platform, spool } = deps;
  const { id, op } = frame;
  const advertised = platform.ops().find((known) => known.id === op);
  const definition = advertised && opOnHost(op, advertised.completion);
  if (!definition) return { id, code: 'unknown_op', message: `this host has no op ${op}` };
  if (deps.serverNow() > frame.notAfter)
    return { id, code: 'expired', message: 'it reached this host after its start deadline' };
  const { takesSlot } = definition;
  const holder = deps.running();
  if (takesSlot && holder) return { id, code: 'busy', message: `${holder.op} is running here`, running: holder };

  const plan = await platform.plan(op, frame.options, spool.context(id));
  if ('code' in plan) return { id, ...plan };
  const { completion, steps } = plan;
  const spec = { id, op, completion, takesSlot, acceptedAt: deps.clock.now(), bootId: deps.bootId };
  try {
    return await spool.create(spec, steps);
  } catch (error) {
    const reason = systemCode(error) ?? String(error);
    return { id, code: 'storage_full', message: `the command could not be written to disk (${reason})` };
  }
}
