import { Show } from 'solid-js';
import { agoInWords } from '../../../../shared/time/spans.ts';
import { useLive } from '../../app/context.ts';
import { zone } from '../../app/prefs.ts';
import { dayTime, shortTime, utc, wallTime } from '../../words/duration.ts';

/** A local time with its zone; UTC on focus, under the pointer, and on copy. */
export function Time(props: { at: number | null }) {
  const live = useLive();
  const copyUtc = (event: ClipboardEvent, at: number) => {
    event.clipboardData?.setData('text/plain', utc(at));
    event.preventDefault();
  };
  return (
    <Show when={props.at} fallback={<span class="quiet">–</span>}>
      {(at) => (
        <time
          dateTime={utc(at())}
          title={utc(at())}
          data-utc={utc(at())}
          tabIndex={0}
          onCopy={(event) => copyUtc(event, at())}
        >
          {wallTime(at(), live.now(), zone())}
        </time>
      )}
    </Show>
  );
}

/** When something expires or expired, at the end of a line; nothing if it never does. */
export function Expiry(props: { at: number | null }) {
  const live = useLive();
  return (
    <Show when={props.at}>
      {(at) => (
        <>
          {' '}
          · {at() > live.now() ? 'expires' : 'expired'} <Time at={at()} />
        </>
      )}
    </Show>
  );
}

/** A short time: today without its date; the age under the pointer. */
export function When(props: { at: number }) {
  const live = useLive();
  return (
    <time
      class="num"
      dateTime={utc(props.at)}
      title={`${agoInWords(live.now() - props.at)} · ${utc(props.at)}`}
      data-utc={utc(props.at)}
    >
      {shortTime(props.at, live.now(), zone())}
    </time>
  );
}

/** The growing age; the time itself under the pointer. */
export function Ago(props: { at: number | null; none?: string }) {
  const live = useLive();
  return (
    <Show when={props.at} fallback={<span class="quiet">{props.none ?? 'never'}</span>}>
      {(at) => (
        <time class="num" dateTime={utc(at())} title={`${dayTime(at(), zone())} · ${utc(at())}`}>
          {agoInWords(live.now() - at())}
        </time>
      )}
    </Show>
  );
}
