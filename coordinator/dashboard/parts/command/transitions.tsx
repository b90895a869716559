import { Index, Show } from 'solid-js';
import { commandLook } from '../../../../shared/looks/looks.ts';
import type { Command, HistoryEntry } from '../../../../shared/model/command.ts';
import { causeInWords } from '../../words/cause.ts';
import { Badge } from '../basics/badge.tsx';
import { Time } from '../basics/time.tsx';

/** Each change of a command's status, with its cause. */
export function Transitions(props: { command: Command; history: readonly HistoryEntry[] }) {
  return (
    <ol class="transitions">
      <Index each={props.history}>
        {(entry) => (
          <li>
            <Time at={entry().at} />
            <Badge
              look={commandLook({
                ...props.command,
                status: entry().to,
                timeoutStatus: entry().timeoutStatus,
                kill: null,
              })}
            />
            <span class="says">
              {causeInWords(entry())}
              <Show when={entry().code !== props.command.code && entry().code}>
                {(code) => <span class="quiet mono"> {code()}</span>}
              </Show>
            </span>
          </li>
        )}
      </Index>
    </ol>
  );
}
