import { createMemo, For, Show } from 'solid-js';
import { type Command, isActive, type Status } from '../../../shared/command.ts';
import type { DispatchResult } from '../../../shared/dispatch.ts';
import { commandLook, type Look, STATUS_LOOKS, type Tone } from '../../../shared/looks.ts';
import { FORCIBLE, PASSING } from '../../../shared/outcomes.ts';
import { createCommandRecords } from '../app/command-records.ts';
import { useApp } from '../app/context.ts';
import { commandPath, hostPath } from '../app/router.ts';
import { plural } from '../words/duration.ts';
import { Badge } from './badge.tsx';
import { Icon } from './icon.tsx';
import { Progress } from './progress.tsx';

const ORDER: readonly Tone[] = ['error', 'attention', 'unknown', 'quiet', 'working', 'ok'];

export type DispatchRow = { result: DispatchResult; command: Command | undefined; look: Look };

const isWell = (status: Status): boolean => status === 'SUCCESS' || isActive(status);

/** What each host answered to a dispatch and how it stands now: failures first, and a retry of exactly those. */
export function DispatchResults(props: {
  op: string;
  results: DispatchResult[];
  /** Those that are known of it. */
  commands: readonly Command[];
}) {
  const { live, canAct, openDispatch } = useApp();
  const newest = createCommandRecords(live, () => props.commands);
  const commands = createMemo(() => new Map(props.commands.map((command) => [command.id, command])));
  const rows = createMemo<DispatchRow[]>(() =>
    props.results
      .map((result) => {
        const known = commands().get(result.commandId) ?? live.command(result.commandId);
        const command = known && newest(known);
        return { result, command, look: command ? commandLook(command) : STATUS_LOOKS[result.status] };
      })
      .sort((one, other) => ORDER.indexOf(one.look.tone) - ORDER.indexOf(other.look.tone)),
  );
  const statusOf = ({ result, command }: DispatchRow): Status => command?.status ?? result.status;
  const done = () => rows().filter((row) => !isActive(statusOf(row))).length;
  const failed = () => rows().filter((row) => !isWell(statusOf(row)));
  /** A host that was removed can't be asked again. */
  const retried = () => failed().flatMap(({ result }) => (live.host(result.hostId) ? [result.host] : []));

  return (
    <>
      <div class="summary">
        <span class="strong num">
          {done()} of {plural(rows().length, 'host')} done
        </span>
        <Show when={failed().length > 0}>
          <span class="num">{failed().length} not well</span>
          <Show when={!actsOnCommands(props.op) && retried().length > 0}>
            <button
              type="button"
              class="button primary"
              disabled={!canAct()}
              onClick={() => openDispatch({ op: props.op, hosts: retried() })}
            >
              Retry {retried().length} failed…
            </button>
          </Show>
        </Show>
      </div>
      <table class="plain-table stacks">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Host</th>
            <th scope="col">What it says</th>
            <th scope="col">
              <span class="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={rows()}>
            {(row) => (
              <tr>
                <td>
                  <a href={commandPath(row.result.commandId)}>
                    <Badge look={row.look} />
                  </a>
                </td>
                <td>
                  <a class="strong" href={hostPath(row.result.host)}>
                    {row.result.host}
                  </a>
                </td>
                <td class="says">
                  <Show
                    when={row.command && isActive(row.command.status) && row.command}
                    fallback={row.command?.message ?? row.result.message ?? ''}
                  >
                    {(command) => <Progress command={command()} />}
                  </Show>
                </td>
                <td class="row-actions">
                  <Show when={statusOf(row) === 'BLOCKED'}>
                    <BlockedActions op={props.op} result={row.result} />
                  </Show>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </>
  );
}

/** A kill or cancel that failed is not to be asked for again from here: without its command it would aim at whatever runs by then. */
const actsOnCommands = (op: string): boolean => op === 'kill' || op === 'cancel';

/** What is there to do about a command that was blocked: its alternative, or Force, or to wait in the queue. */
export function BlockedActions(props: { op: string; result: Pick<DispatchResult, 'host' | 'code' | 'alternative'> }) {
  const { canAct, openDispatch } = useApp();
  const hosts = () => [props.result.host];
  return (
    <div class="actions">
      <Show when={props.result.alternative}>
        {(op) => (
          <button
            type="button"
            class="button primary"
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
            class="button"
            disabled={!canAct()}
            onClick={() => openDispatch({ op: props.op, hosts: hosts(), force: true })}
          >
            Force…
          </button>
        </Show>
        <Show when={PASSING.has(props.result.code ?? '')}>
          <button
            type="button"
            class="button"
            disabled={!canAct()}
            onClick={() => openDispatch({ op: props.op, hosts: hosts(), queueMs: 2 * 3_600_000 })}
          >
            Queue…
          </button>
        </Show>
      </Show>
    </div>
  );
}
