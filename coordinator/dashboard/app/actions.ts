import { createSignal } from 'solid-js';
import { named } from '../../../shared/model/actor.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { DispatchRequest } from '../../../shared/model/dispatch.ts';
import type { Maintenance } from '../../../shared/model/host.ts';
import { type TimeoutAnswer, timeoutAnswerIn } from '../../../shared/model/timeout-answer.ts';
import type { DecisionWord } from '../../../shared/ops/guard.ts';
import { plural } from '../words/duration.ts';
import { api } from './api.ts';
import { tell } from './notices.ts';

/** A person's actions; each shows a notice of its result. */

/** A new idempotency key for each action: a request sent twice runs once. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const [busy, setBusy] = createSignal(false);

/** An action is under way; a second click has to wait. */
export { busy };

async function alone(work: () => Promise<void>): Promise<void> {
  if (busy()) return;
  setBusy(true);
  try {
    await work();
  } finally {
    setBusy(false);
  }
}

/** Answers a timeout. If somebody was faster, the notice names them and their answer. */
export const answerTimeout = (command: Command, answer: TimeoutAnswer): Promise<void> =>
  alone(async () => {
    const answered = await api.answer(command.id, answer);
    if (answered.ok) return tell('ok', `${SAID[answer.action]} ${command.op}`);
    if (answered.code !== 'not_timed_out') return tell('error', answered.detail);
    const events = await api.events({ command: command.id, limit: '500' });
    const first = events.ok ? timeoutAnswerIn(events.body.items) : undefined;
    tell(
      'error',
      first ? `Already answered by ${named(first.actor, first.actorName)}: ${first.message}` : answered.detail,
    );
  });

/** Decides on a guarded activation. */
export const decideGuarded = (command: Command, word: DecisionWord): Promise<void> =>
  alone(async () => {
    const decided = await api.decide(command.id, word);
    if (decided.ok) tell('ok', `${word === 'keep' ? 'Keeping' : 'Undoing'} ${command.op}`);
    else tell('error', decided.code === 'already_decided' ? `Already decided: ${decided.detail}` : decided.detail);
  });

/** Most answers in flight at once. */
const AT_ONCE = 6;

/** Gives several timeouts the same answer; one notice reports all results. */
export const answerTimeouts = (commands: readonly Command[], answer: TimeoutAnswer): Promise<void> =>
  alone(async () => {
    const waiting = [...commands];
    const refused: string[] = [];
    async function work(): Promise<void> {
      for (let command = waiting.shift(); command; command = waiting.shift()) {
        const answered = await api.answer(command.id, answer);
        if (answered.ok) continue;
        refused.push(`${command.op}: ${answered.detail}`);
        // A person who declined the step-up once is not asked again for the rest.
        if (answered.code === 'step_up_required')
          refused.push(...waiting.splice(0).map(({ op }) => `${op}: ${answered.detail}`));
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const done = commands.length - refused.length;
    if (done > 0) tell('ok', `${SAID[answer.action]} ${plural(done, 'command')}`);
    const [first] = refused;
    if (first !== undefined)
      tell('error', refused.length === 1 ? first : `${refused.length} could not be answered. The first: ${first}`);
  });

const SAID = { wait: 'Waiting longer for', kill: 'Killing', ignore: 'No longer tracking' } as const;

/** Kills all of these commands by id, cancels queued ones, and reports all results in one notice. */
export const killCommands = (commands: readonly Command[]): Promise<void> =>
  alone(async () => {
    const waiting = [...commands];
    const refused: string[] = [];
    async function work(): Promise<void> {
      for (let command = waiting.shift(); command; command = waiting.shift()) {
        const { id: commandId, hostId, status } = command;
        const op = status === 'QUEUED' ? 'cancel' : 'kill';
        const answered = await api.dispatch({ op, hosts: [hostId], options: { commandId } }, newKey());
        const [result] = answered.ok ? answered.body.results : [];
        if (!answered.ok) refused.push(answered.detail);
        else if (result?.status === 'BLOCKED') refused.push(`${result.host}: ${result.message ?? result.code}`);
        // A person who declined the step-up once is not asked again for the rest.
        if (!answered.ok && answered.code === 'step_up_required') waiting.splice(0);
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const [first] = refused;
    if (first === undefined) tell('ok', `Killing ${plural(commands.length, 'command')}`);
    else tell('error', `${refused.length} could not be killed. The first: ${first}`);
  });

/** Dispatches to one host without a dialog. */
export const dispatchOne = (request: DispatchRequest): Promise<void> =>
  alone(async () => {
    const answered = await api.dispatch(request, newKey());
    if (!answered.ok) return tell('error', answered.detail);
    const [result] = answered.body.results;
    if (result?.status === 'BLOCKED')
      tell('error', `${request.op} on ${result.host}: ${result.message ?? result.code}`);
    else tell('ok', `${request.op} sent to ${result?.host}`);
  });

const DECIDED = {
  approve: 'Approved',
  pause: 'Paused',
  resume: 'Resumed',
  retry: 'Gave another turn to hosts of',
  stop: 'Stopped',
} as const;

export type RolloutDecision = keyof typeof DECIDED;

/** Decides on a rollout. */
export const decideRollout = (
  { id, name }: { id: string; name: string },
  decision: RolloutDecision,
  body?: { skipFailed?: boolean; undo?: 'none' | 'proven' },
): Promise<void> =>
  alone(async () => {
    const answer = await api.decideRollout(id, decision, body);
    if (answer.ok) tell('ok', `${DECIDED[decision]} ${name}`);
    else tell('error', answer.detail);
  });

const POLICY_WORDS = { run: 'Begun', pause: 'Paused', resume: 'Resumed' } as const;

/** Runs a policy now, pauses it, or resumes it. */
export const decidePolicy = (name: string, word: keyof typeof POLICY_WORDS): Promise<void> =>
  alone(async () => {
    const answer = await api.decidePolicy(name, word);
    if (answer.ok) tell('ok', `${POLICY_WORDS[word]} ${name}`);
    else tell('error', answer.detail);
  });

/** Releases a commit from quarantine. */
export const releaseCommit = (commit: string): Promise<void> =>
  alone(async () => {
    const answer = await api.release(commit);
    if (answer.ok) tell('ok', `${commit.slice(0, 12)} is no longer quarantined`);
    else tell('error', answer.detail);
  });

/** Starts a host's maintenance; `null` ends it. Resolves to true on success. */
export async function setMaintenance(
  { id, name }: { id: string; name: string },
  maintenance: Maintenance | null,
): Promise<boolean> {
  const answer = await api.setMaintenance(id, maintenance);
  if (answer.ok) tell('ok', maintenance ? `${name} is in maintenance` : `${name} is out of maintenance`);
  else tell('error', answer.detail);
  return answer.ok;
}

/** Sends a test notice to a receiver. */
export const testReceiver = (name: string): Promise<void> =>
  alone(async () => {
    const tested = await api.testReceiver(name);
    if (!tested.ok) tell('error', tested.detail);
    else if (tested.body.delivered) tell('ok', `${name} took the test`);
    else tell('error', `${name} did not take the test: ${tested.body.error}`);
  });
