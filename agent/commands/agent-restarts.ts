import { partialExits, readExit } from '../../shared/model/op-exit.ts';
import type { PlatformName } from '../../shared/ops/op-definition.ts';
import { opOnHost } from '../../shared/ops/ops.ts';
import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';
import type { CommandSpec } from '../spool/spool-entry.ts';

/** How long an exit may wait for its acknowledgement before the agent leaves anyway. */
const WAIT_MS = 5_000;

/** Tells systemd's `RestartForceExitStatus` that another agent may be installed. */
const RESTART_STATUS = 101;

/** The agent's exit status when it leaves to be restarted. launchd has no status for that; KeepAlive restarts on any. */
export const restartStatus = (os: NodeJS.Platform): number => (os === 'darwin' ? 0 : RESTART_STATUS);

export type AgentRestarts = {
  /** The agent leaves when the exit of `id` is acknowledged, or 5 s from now. */
  arm(id: string): void;
  acknowledged(id: string): void;
  close(): void;
};

/** The agent's own part in an op that completes by restart: it leaves, so that the service manager starts the installed agent. */
export function createAgentRestarts(deps: { clock: Clock; onDue(id: string): void }): AgentRestarts {
  const armed = new Map<string, TimerHandle>();
  const leave = (id: string) => {
    deps.clock.clearTimeout(armed.get(id));
    if (armed.delete(id)) deps.onDue(id);
  };
  return {
    arm(id) {
      armed.set(
        id,
        deps.clock.setTimeout(() => leave(id), WAIT_MS),
      );
    },
    acknowledged: leave,
    close() {
      for (const timer of armed.values()) deps.clock.clearTimeout(timer);
    },
  };
}

/** Whether the coordinator will wait for another instance of this agent: after success, even partial. */
export function isRestartAwaited(spec: CommandSpec, platform: PlatformName, result: CommandExited): boolean {
  const op = opOnHost(spec.op, spec.completion);
  if (op?.completion !== 'restart' || result.exitCode === null || result.kill) return false;
  return readExit(result.exitCode, result.evidence?.failedStep, partialExits(op, platform)) !== 'failed';
}
