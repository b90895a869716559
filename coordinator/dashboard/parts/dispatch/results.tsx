import { createMemo, Show } from 'solid-js';
import { commandLook, type Look, type Tone } from '../../../../shared/looks/looks.ts';
import { type Command, isActive, type Status } from '../../../../shared/model/command.ts';
import type { DispatchResult } from '../../../../shared/model/dispatch.ts';
import { isAlreadyCurrent } from '../../../../shared/model/outcomes.ts';
import { createCommandRecords } from '../../app/command-records.ts';
import { useApp, useLive } from '../../app/context.ts';
import { commandPath, hostPath } from '../../app/router.ts';
import { count, plural } from '../../words/duration.ts';
import { Badge } from '../basics/badge.tsx';
import { actsOnCommands, BlockedActions } from '../command/blocked-actions.tsx';
import { SaysOf } from '../command/table.tsx';
import { createSteady } from '../list/steady.ts';
import { SteadyRows } from '../list/steady-rows.tsx';

const ORDER: readonly Tone[] = ['error', 'attention', 'unknown', 'quiet', 'working', 'ok'];

type DispatchRow = { result: DispatchResult; command: Command | undefined; look: Look };

const statusOf = ({ result, command }: DispatchRow): Status => command?.status ?? result.status;
const codeOf = ({ result, command }: DispatchRow): string | null => (command ? command.code : result.code);

/** How a host's part of a dispatch went. `current`: there was nothing to do. */
function outcomeOf(row: DispatchRow): 'well' | 'active' | 'current' | 'failed' {
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
  const live = useLive();
  const newest = createCommandRecords(live, () => props.commands);
  const commands = createMemo(() => new Map(props.commands.map((command) => [command.id, command])));
  const rows = createMemo<DispatchRow[]>(() =>
    props.results.map((result) => {
      const known = commands().get(result.commandId) ?? live.command(result.commandId);
      const command = known && newest(known);
      return { result, command, look: commandLook(command ?? { ...result, ...UNKNOWN, op: props.op }) };
    }),
  );
  // Sorted by outcome alone, so that the order changes only with it.
  const sorted = createMemo(() =>
    rows().toSorted((one, other) => ORDER.indexOf(one.look.tone) - ORDER.indexOf(other.look.tone)),
  );
  const steady = createSteady(sorted, ({ result }) => result.commandId);

  return (
    <>
      <Summary op={props.op} rows={rows()} />
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

/** How many hosts are done and how many failed, with a retry of these. */
function Summary(props: { op: string; rows: readonly DispatchRow[] }) {
  const { live, canAct, may, openDispatch } = useApp();
  const countOf = (outcome: ReturnType<typeof outcomeOf>) =>
    props.rows.filter((row) => outcomeOf(row) === outcome).length;
  const failed = createMemo(() => props.rows.filter((row) => outcomeOf(row) === 'failed'));
  /** A removed host can't be retried. */
  const retried = () => failed().flatMap(({ result }) => (live.host(result.hostId) ? [result.host] : []));

  return (
    <>
      <p class="sr-only" role="status">
        {countOf('active') > 0
          ? ''
          : `All ${props.rows.length} are done${failed().length > 0 ? `, ${failed().length} failed` : ''}`}
      </p>
      <div class="summary">
        <span class="strong num">
          {count(props.rows.length - countOf('active'))} of {plural(props.rows.length, 'host')} done
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
    </>
  );
}
