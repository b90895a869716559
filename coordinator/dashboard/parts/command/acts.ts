import { asksPerson, type Command, isActive } from '../../../../shared/model/command.ts';
import type { KillSignal } from '../../../../shared/ops/op-options.ts';
import { answerTimeout, busy, dispatchOne } from '../../app/actions.ts';
import { useApp } from '../../app/context.ts';
import { createInPlaceQuestion } from '../question/in-place-question.ts';
import { type StrongerKill, strongerKill } from './stronger-kill.ts';

type Ask = 'wait' | 'kill' | 'untrack' | StrongerKill['how'];

/** The acts that are possible on a command now, and the question that is asked before one. */
export function createCommandActs(props: { command: Command; host: string }) {
  const { live, canAct, may: mayAs } = useApp();

  const isUntracked = () => live.untracked(props.command.hostId)?.id === props.command.id;
  const isAsking = () => asksPerson(props.command);
  const mayWait = () => props.command.timeoutStatus !== 'NORMAL';
  const isRunning = () => ['PENDING', 'EXECUTING'].includes(props.command.status);
  const isQueued = () => props.command.status === 'QUEUED';
  const isActivating = () => props.command.progress?.phase === 'activate';
  const stronger = () =>
    props.command.status === 'KILLING' && props.command.kill ? strongerKill(props.command.kill) : null;
  const off = () => !canAct() || busy();
  const named = () => `${props.command.op} on ${props.host}`;
  const target = () => `${named()}${props.command.pid === null ? '' : ` (pid ${props.command.pid})`}`;

  const may: Record<Ask, () => boolean> = {
    wait: () => mayWait() && isRunning(),
    kill: () => isRunning() || isUntracked(),
    untrack: () => isRunning() || isQueued() || props.command.status.startsWith('AWAITING'),
    now: () => stronger()?.how === 'now',
    activation: () => stronger()?.how === 'activation',
  };
  const question = createInPlaceQuestion<Ask>((what) => may[what]());
  const strongerAsked = () => {
    const asked = question.asked();
    return asked === 'now' || asked === 'activation' ? asked : null;
  };

  const orderKill = (options: { signal?: KillSignal; graceMs?: number; force?: boolean }) =>
    dispatchOne({ op: 'kill', hosts: [props.command.hostId], options: { commandId: props.command.id, ...options } });

  const kill = (force: boolean) => {
    question.answered();
    const options = force ? { force } : {};
    if (isAsking()) void answerTimeout(props.command, { action: 'kill', ...options });
    else void orderKill(options);
  };

  const killHarder = () => {
    const harder = stronger();
    question.answered();
    if (harder) void orderKill(harder.options);
  };

  const untrack = () => {
    question.answered();
    const { id, hostId } = props.command;
    if (isAsking()) void answerTimeout(props.command, { action: 'ignore' });
    else void dispatchOne({ op: 'cancel', hosts: [hostId], options: { commandId: id } });
  };

  const wait = (minutes: number) => {
    question.answered();
    void answerTimeout(props.command, { action: 'wait', minutes });
  };

  return {
    /** Whether there is anything to offer this person. */
    isOffered: () =>
      mayAs('operator') && (isActive(props.command.status) || isUntracked()) && props.command.op !== 'kill',
    may,
    off,
    named,
    target,
    question,
    stronger,
    strongerAsked,
    isAsking,
    isQueued,
    isActivating,
    wait,
    kill,
    killHarder,
    untrack,
  };
}

export type CommandActs = ReturnType<typeof createCommandActs>;
