import type { JSX } from 'solid-js';
import type { createInPlaceQuestion } from './in-place-question.ts';

/** The pieces of an in-place question: its place, the button that asks it, and its answers. */

type Question = Pick<ReturnType<typeof createInPlaceQuestion>, 'ref' | 'onKeyDown' | 'takeBack'>;

/** Holds the buttons, and the question that takes their place. */
export function AskPlace(props: { question: Question; children: JSX.Element }) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape takes the question back
    <div class="actions" tabIndex={-1} ref={props.question.ref} onKeyDown={props.question.onKeyDown}>
      {props.children}
    </div>
  );
}

/** A button that asks first. `of`: its target, for the accessible name where several buttons have the same words. */
export function AskButton<Ask extends string>(props: {
  question: { ask(what: Ask): void };
  asks: Ask;
  label: string;
  of?: string;
  tone?: 'danger' | 'primary' | 'small';
  isOff: boolean;
}) {
  return (
    <button
      type="button"
      class={`button ${props.tone ?? ''}`}
      aria-label={props.of && `${props.label} ${props.of}`}
      disabled={props.isOff}
      data-asks={props.asks}
      onClick={() => props.question.ask(props.asks)}
    >
      {props.label}
    </button>
  );
}

/** The question in place: yes, perhaps another yes, or back. Back has the focus. */
export function Asked(props: {
  question: Pick<Question, 'takeBack'>;
  text: JSX.Element;
  yes: string;
  onYes: () => void;
  isOff: boolean;
  back?: string;
  isSmall?: boolean;
  /** Another answer, or what it needs. */
  children?: JSX.Element;
}) {
  const size = () => (props.isSmall ? 'small ' : '');
  return (
    <>
      <span class="question">{props.text}</span>
      <button type="button" class={`button ${size()}danger`} disabled={props.isOff} onClick={() => props.onYes()}>
        {props.yes}
      </button>
      {props.children}
      <button type="button" class={`button ${size()}plain`} data-focus onClick={props.question.takeBack}>
        {props.back ?? 'Back'}
      </button>
    </>
  );
}
