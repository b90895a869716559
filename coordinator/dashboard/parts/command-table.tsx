import { For, Show } from 'solid-js';
import { type Command, isActive } from '../../../shared/command.ts';
import { commandLook } from '../../../shared/looks.ts';
import { createCommandRecords } from '../app/command-records.ts';
import { useLive } from '../app/context.ts';
import { commandPath, hostPath } from '../app/router.ts';
import { elapsedOf } from '../words/deadline.ts';
import { Badge } from './badge.tsx';
import { Progress } from './progress.tsx';
import { Ago } from './time.tsx';

/** Commands as rows; each is the newest that is known. */
export function CommandTable(props: { commands: Command[]; withoutHost?: boolean }) {
  const live = useLive();
  const newest = createCommandRecords(live, () => props.commands);
  return (
    <table class="plain-table stacks">
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Op</th>
          <Show when={!props.withoutHost}>
            <th scope="col">Host</th>
          </Show>
          <th scope="col">When</th>
          <th scope="col" class="wide-only">
            Took
          </th>
          <th scope="col" class="wide-only">
            By
          </th>
          <th scope="col">What it says</th>
        </tr>
      </thead>
      <tbody>
        <For each={props.commands}>
          {(row) => {
            const command = () => newest(row);
            const host = () => live.host(row.hostId)?.name;
            return (
              <tr>
                <td>
                  <a href={commandPath(row.id)}>
                    <Badge look={commandLook(command())} />
                  </a>
                </td>
                <td>
                  <a class="strong" href={commandPath(row.id)}>
                    {row.op}
                  </a>
                </td>
                <Show when={!props.withoutHost}>
                  <td>
                    <Show when={host()} fallback={<span class="quiet">removed</span>}>
                      {(name) => (
                        <a class="cut" href={hostPath(name())} title={name()}>
                          {name()}
                        </a>
                      )}
                    </Show>
                  </td>
                </Show>
                <td>
                  <Ago at={row.createdAt} />
                </td>
                <td class="num wide-only">{elapsedOf(command(), live.now()) ?? '–'}</td>
                <td class="wide-only">{row.requestedBy}</td>
                <td class="says">
                  <Show
                    when={isActive(command().status) && command().progress}
                    fallback={
                      <Show when={command().message}>
                        {(message) => (
                          <span class="two-lines" title={message()}>
                            {message()}
                          </span>
                        )}
                      </Show>
                    }
                  >
                    <Progress command={command()} />
                  </Show>
                </td>
              </tr>
            );
          }}
        </For>
      </tbody>
    </table>
  );
}
