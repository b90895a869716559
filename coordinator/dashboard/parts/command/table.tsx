import { Show } from 'solid-js';
import { commandLook } from '../../../../shared/looks/looks.ts';
import { named, nameFirst } from '../../../../shared/model/actor.ts';
import { type Command, isActive } from '../../../../shared/model/command.ts';
import { createCommandRecords } from '../../app/command-records.ts';
import { useLive } from '../../app/context.ts';
import { commandPath, hostPath } from '../../app/router.ts';
import { elapsedOf } from '../../words/deadline.ts';
import { plural } from '../../words/duration.ts';
import { Badge } from '../basics/badge.tsx';
import { When } from '../basics/time.tsx';
import { createNarrow, RowList } from '../list/row-list.tsx';
import { createSteady } from '../list/steady.ts';
import { SteadyList } from '../list/steady-list.tsx';
import { Progress } from './progress.tsx';

const ROW_PX = 44;
const CARD_PX = 112;

/** Commands as rows, each by its newest record. */
export function CommandTable(props: { commands: readonly Command[]; withoutHost?: boolean }) {
  const isNarrow = createNarrow();
  const newest = createCommandRecords(useLive(), () => props.commands);
  const steady = createSteady(
    () => props.commands,
    ({ id }) => id,
  );
  return (
    <SteadyList steady={steady} words={`${plural(steady.pending(), 'newer command')}: show`}>
      <RowList
        label="Commands"
        name={props.withoutHost ? 'commands-of-host' : 'commands'}
        keys={steady.keys()}
        rowPx={isNarrow() ? CARD_PX : ROW_PX}
        head={
          <>
            <span role="columnheader">Status</span>
            <span role="columnheader">Op</span>
            <Show when={!props.withoutHost}>
              <span role="columnheader">Host</span>
            </Show>
            <span role="columnheader">When</span>
            <span role="columnheader" class="wide-only">
              Took
            </span>
            <span role="columnheader" class="wide-only">
              By
            </span>
            <span role="columnheader">What it says</span>
          </>
        }
      >
        {(id) => (
          <Show when={steady.item(id)}>
            {(row) => <CommandCells command={newest(row())} withoutHost={props.withoutHost === true} />}
          </Show>
        )}
      </RowList>
    </SteadyList>
  );
}

function CommandCells(props: { command: Command; withoutHost: boolean }) {
  const live = useLive();
  const host = () => live.host(props.command.hostId)?.name;
  return (
    <>
      <span role="cell" class="r-status">
        <a href={commandPath(props.command.id)}>
          <Badge look={commandLook(props.command)} />
        </a>
      </span>
      <span role="cell" class="r-op">
        <a class="strong cut" href={commandPath(props.command.id)}>
          {props.command.op}
        </a>
      </span>
      <Show when={!props.withoutHost}>
        <span role="cell" class="r-host">
          <Show when={host()} fallback={<span class="quiet">removed</span>}>
            {(name) => (
              <a class="cut" href={hostPath(name())} title={name()}>
                {name()}
              </a>
            )}
          </Show>
        </span>
      </Show>
      <span role="cell" class="r-when">
        <When at={props.command.createdAt} />
      </span>
      <span role="cell" class="num wide-only">
        {elapsedOf(props.command, live.now()) ?? '–'}
      </span>
      <span role="cell" class="wide-only cut" title={named(props.command.requestedBy, props.command.requestedByName)}>
        {nameFirst(props.command.requestedBy, props.command.requestedByName)}
      </span>
      <span role="cell" class="r-says">
        <SaysOf command={props.command} />
      </span>
    </>
  );
}

/** Its progress, or the message of its end. */
export function SaysOf(props: { command: Command }) {
  return (
    <Show
      when={isActive(props.command.status) && props.command.progress}
      fallback={
        <span class="two-lines" title={props.command.message ?? undefined}>
          {props.command.message}
        </span>
      }
    >
      <Progress command={props.command} />
    </Show>
  );
}
