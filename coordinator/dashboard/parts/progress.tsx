import { Show } from 'solid-js';
import type { Command } from '../../../shared/command.ts';
import { useLive } from '../app/context.ts';
import { zone } from '../app/prefs.ts';
import { deadlineOf, elapsedOf, timeBarOf } from '../words/deadline.ts';

/** Phase and bar of a command: a share only where both ends are known. */
export function Progress(props: { command: Command }) {
  const known = () => {
    const { current, total } = props.command.progress ?? {};
    return typeof current === 'number' && typeof total === 'number' && total > 0 ? { current, total } : null;
  };
  return (
    <Show when={props.command.progress}>
      {(progress) => (
        <span class="progress">
          <span class="phase">
            {progress().phase}
            <Show when={known()}>
              {(part) => (
                <span class="num">
                  {' '}
                  {part().current}/{part().total}
                </span>
              )}
            </Show>
          </span>
          <Show when={known()}>
            {(part) => <progress max={part().total} value={part().current} aria-label={progress().phase} />}
          </Show>
        </span>
      )}
    </Show>
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

/** The time that has gone against the time that it may take, with a tick where it warns. */
export function TimeBar(props: { command: Command }) {
  const live = useLive();
  return (
    <Show when={timeBarOf(props.command, live.now())}>
      {(bar) => (
        <div class="time-bar">
          <div
            class="track"
            role="progressbar"
            aria-label="Time taken of the time allowed"
            aria-valuenow={Math.round(bar().elapsed * 100)}
            aria-valuemin={0}
            aria-valuemax={100}
            data-tone={bar().elapsed >= 1 || bar().elapsed >= (bar().warning ?? 1) ? 'attention' : 'working'}
          >
            <span class="fill" style={{ width: `${bar().elapsed * 100}%` }} />
            <Show when={bar().warning}>
              {(at) => <span class="tick" style={{ left: `${at() * 100}%` }} title="Warns here" />}
            </Show>
          </div>
          <span class="num">{elapsedOf(props.command, live.now())}</span>
          <DeadlineText command={props.command} />
        </div>
      )}
    </Show>
  );
}
