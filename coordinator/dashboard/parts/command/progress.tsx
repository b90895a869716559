import { Show } from 'solid-js';
import type { Command } from '../../../../shared/model/command.ts';
import { useLive } from '../../app/context.ts';
import { zone } from '../../app/prefs.ts';
import { deadlineOf, elapsedOf, timeBarOf } from '../../words/deadline.ts';

/** The share done; null if it is unknown. */
function partOf({ progress }: Command): { current: number; total: number } | null {
  const { current, total } = progress ?? {};
  return typeof current === 'number' && typeof total === 'number' && total > 0 ? { current, total } : null;
}

/** Phase, bar and words in one line, cut if there is no room. */
export function Progress(props: { command: Command }) {
  return (
    <Show when={props.command.progress}>
      {(progress) => (
        <span class="progress">
          <Phase command={props.command} phase={progress().phase} />
          <Bar command={props.command} phase={progress().phase} />
          <Show when={progress().text}>
            {(text) => (
              <span class="progress-text cut" title={text()}>
                {text()}
              </span>
            )}
          </Show>
        </span>
      )}
    </Show>
  );
}

/** The phase, with its numbers unless its words have them. */
function Phase(props: { command: Command; phase: string }) {
  return (
    <span class="phase">
      {props.phase}
      <Show when={props.command.progress?.text === null && partOf(props.command)}>
        {(part) => (
          <span class="num">
            {' '}
            {part().current}/{part().total}
          </span>
        )}
      </Show>
    </span>
  );
}

function Bar(props: { command: Command; phase: string }) {
  return (
    <Show when={partOf(props.command)}>
      {(part) => (
        <progress
          max={part().total}
          value={part().current}
          aria-label={`Progress of ${props.phase}`}
          title={`${part().current} of ${part().total}`}
        />
      )}
    </Show>
  );
}

/** Progress and time, one bar under the other. */
export function ProgressBars(props: {
  command: Command;
  /** A note beside the time. */
  note?: string;
}) {
  const live = useLive();
  const bar = () => timeBarOf(props.command, live.now());
  return (
    <div class="bars">
      <Show when={props.command.progress}>
        {(progress) => (
          <div class="bar-row">
            <span class="quiet">Work</span>
            <Bar command={props.command} phase={progress().phase} />
            <span class="bar-words">
              <Phase command={props.command} phase={progress().phase} />
              <span>{progress().text}</span>
            </span>
          </div>
        )}
      </Show>
      <Show when={bar() ?? deadlineOf(props.command, live.now(), zone())}>
        <div class="bar-row">
          <span class="quiet">Time</span>
          <Show when={bar()}>{(known) => <TimeTrack elapsed={known().elapsed} warning={known().warning} />}</Show>
          <span class="bar-words">
            <Show when={elapsedOf(props.command, live.now())}>{(span) => <span class="num">{span()}</span>}</Show>
            <DeadlineText command={props.command} />
            <Show when={props.note}>{(note) => <span class="quiet num">{note()}</span>}</Show>
          </span>
        </div>
      </Show>
    </div>
  );
}

/** The time taken of the time allowed, with a tick where it warns. */
function TimeTrack(props: { elapsed: number; warning: number | null }) {
  return (
    <div
      class="track"
      role="progressbar"
      aria-label="Time taken of the time allowed"
      aria-valuenow={Math.round(props.elapsed * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      data-tone={props.elapsed >= (props.warning ?? 1) ? 'attention' : 'working'}
    >
      <span class="fill" style={{ width: `${props.elapsed * 100}%` }} />
      <Show when={props.warning}>
        {(at) => <span class="tick" style={{ left: `${at() * 100}%` }} title="Warns here" />}
      </Show>
    </div>
  );
}

/** When the coordinator will ask, or how long it has been asking. */
export function DeadlineText(props: { command: Command }) {
  const live = useLive();
  return (
    <Show when={deadlineOf(props.command, live.now(), zone())}>
      {(deadline) => (
        <span class="num" classList={{ overdue: deadline().isOverdue }}>
          {deadline().text}
        </span>
      )}
    </Show>
  );
}
