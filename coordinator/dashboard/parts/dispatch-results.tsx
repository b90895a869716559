import { createMemo, Show } from 'solid-js';
import { type Command, isActive, type Status } from '../../../shared/command.ts';
import type { DispatchResult } from '../../../shared/dispatch.ts';
import { commandLook, type Look, type Tone } from '../../../shared/looks.ts';
import { FORCIBLE, isAlreadyCurrent, PASSING } from '../../../shared/outcomes.ts';
import { createCommandRecords } from '../app/command-records.ts';
import { useApp } from '../app/context.ts';
import { commandPath, hostPath } from '../app/router.ts';
import { count, plural } from '../words/duration.ts';
import { Badge } from './badge.tsx';
import { SaysOf } from './command-table.tsx';
import { Icon } from './icon.tsx';
import { createSteady } from './steady.ts';
import { SteadyRows } from './steady-rows.tsx';

const ORDER: readonly Tone[] = ['error', 'attention', 'unknown', 'quiet', 'working', 'ok'];

type DispatchRow = { result: DispatchResult; command: Command | undefined; look: Look };

const statusOf = ({ result, command }: DispatchRow): Status => command?.status ?? result.status;
const codeOf = ({ result, command }: DispatchRow): string | null => (command ? command.code : result.code);

/** The standing of a host in a dispatch. `current`: there was nothing to do. */
function standingOf(row: DispatchRow): 'well' | 'active' | 'current' | 'failed' {
  const status = statusOf(row);
  if (isActive(status)) return 'active';
  if (isAlreadyCurrent({ status, code: codeOf(row) })) return 'current';
  return status === 'SUCCESS' ? 'well' : 'failed';
}

const ROW_PX = 44;
const CARD_PX = 132;

/** Each host's answer to a dispatch and its state now: failures first, with a retry of exactly those. */
export function DispatchResults(props: {
  op: string;
  results: readonly DispatchResult[];
  /** Its known commands. */
  commands: readonly Command[];
}) {
  const { live, canAct, may, openDispatch } = useApp();
  const newest = createCommandRecords(live, () => props.commands);
  const commands = createMemo(() => new Map(props.commands.map((command) => [command.id, command])));
  const rows = createMemo<DispatchRow[]>(() =>
    props.results.map((result) => {
      const known = commands().get(result.commandId) ?? live.command(result.commandId);
      const command = known && newest(known);
      return { result, command, look: commandLook(command ?? { ...result, ...UNKNOWN, op: props.op }) };
    }),
  );
  // Sorted by standing alone, so that the order changes only with it.
  const sorted = createMemo(() =>
    rows().toSorted((one, other) => ORDER.indexOf(one.look.tone) - ORDER.indexOf(other.look.tone)),
  );
  const steady = createSteady(sorted, ({ result }) => result.commandId);
  const countOf = (standing: ReturnType<typeof standingOf>) =>
    rows().filter((row) => standingOf(row) === standing).length;
  const failed = createMemo(() => rows().filter((row) => standingOf(row) === 'failed'));
  /** A removed host can't be retried. */
  const retried = () => failed().flatMap(({ result }) => (live.host(result.hostId) ? [result.host] : []));

  return (
    <>
      <p class="sr-only" role="status">
        {countOf('active') > 0
          ? ''
          : `All ${rows().length} are done${failed().length > 0 ? `, ${failed().length} failed` : ''}`}
      </p>
      <div class="summary">
        <span class="strong num">
          {count(rows().length - countOf('active'))} of {plural(rows().length, 'host')} done
        </span>
        <Show when={countOf('current') > 0}>
          <span class="num">{count(countOf('current'))} already current</span>
        </Show>
        <Show when={failed().length > 0}>
          <span class="num">{count(failed().length)} failed</span>
        </Show>
        <Show when={may('operator') && !actsOnCommands(props.op) && retried().length > 0}>
          <button
            type="button"
            class="button primary"
            disabled={!canAct()}
            onClick={() => openDispatch({ op: props.op, hosts: retried() })}
          >
            Retry {count(retried().length)} failed…
          </button>
        </Show>
      </div>

      <SteadyRows
        steady={steady}
        label="Hosts of the dispatch"
        name="results"
        rowPx={ROW_PX}
        cardPx={CARD_PX}
        head={
          <>
            <span role="columnheader">Status</span>
            <span role="columnheader">Host</span>
            <span role="columnheader">What it says</span>
            <span role="columnheader">
              <span class="sr-only">Actions</span>
            </span>
          </>
        }
      >
        {(row) => (
          <>
            <span role="cell" class="r-status">
              <a href={commandPath(row().result.commandId)}>
                <Badge look={row().look} />
              </a>
            </span>
            <span role="cell" class="r-host">
              <a class="strong cut" href={hostPath(row().result.host)} title={row().result.host}>
                {row().result.host}
              </a>
            </span>
            <span role="cell" class="r-says">
              <Show when={row().command} fallback={<span class="two-lines">{row().result.message}</span>}>
                {(command) => <SaysOf command={command()} />}
              </Show>
            </span>
            <span role="cell" class="r-actions">
              <Show when={statusOf(row()) === 'BLOCKED'}>
                <BlockedActions op={props.op} result={row().result} />
              </Show>
            </span>
          </>
        )}
      </SteadyRows>
    </>
  );
}

/** Stands in for a command of which only the dispatch's answer is known. */
const UNKNOWN = { timeoutStatus: 'NORMAL', kill: null } as const;

/** A failed kill or cancel can't be retried from here: without its command it would aim at anything that runs by then. */
const actsOnCommands = (op: string): boolean => op === 'kill' || op === 'cancel';

/** Actions for a blocked command: its alternative, Force, or the queue. */
export function BlockedActions(props: { op: string; result: Pick<DispatchResult, 'host' | 'code' | 'alternative'> }) {
  const { canAct, may, openDispatch } = useApp();
  const hosts = () => [props.result.host];
  return (
    <Show when={may('operator')}>
      <div class="actions">
        <Show when={props.result.alternative}>
          {(op) => (
            <button
              type="button"
              class="button small"
              aria-label={`Run ${op()} instead… on ${props.result.host}`}
              disabled={!canAct()}
              onClick={() => openDispatch({ op: op(), hosts: hosts() })}
            >
              <Icon name="play" />
              Run {op()} instead…
            </button>
          )}
        </Show>
        <Show when={!actsOnCommands(props.op)}>
          <Show when={FORCIBLE.has(props.result.code ?? '')}>
            <button
              type="button"
              class="button small"
              aria-label={`Force… ${props.op} on ${props.result.host}`}
              disabled={!canAct()}
              onClick={() => openDispatch({ op: props.op, hosts: hosts(), force: true })}
            >
              Force…
            </button>
          </Show>
          <Show when={PASSING.has(props.result.code ?? '')}>
            <button
              type="button"
              class="button small"
              aria-label={`Queue… ${props.op} on ${props.result.host}`}
              disabled={!canAct()}
              onClick={() => openDispatch({ op: props.op, hosts: hosts(), queueMs: 2 * 3_600_000 })}
            >
              Queue…
            </button>
          </Show>
        </Show>
      </div>
    </Show>
  );
}
