import type { JSX } from 'solid-js';

/** A labelled text input with a hint. */
export function TextField(props: {
  label: string;
  value: string;
  onInput: (text: string) => void;
  hint?: JSX.Element;
  hintId?: string;
  isMono?: boolean;
  isWrong?: boolean;
  isFirst?: boolean;
  placeholder?: string;
}) {
  return (
    <div class="text-field">
      <label class="field">
        <span>{props.label}</span>
        <input
          type="text"
          classList={{ mono: props.isMono ?? false }}
          autofocus={props.isFirst}
          spellcheck={false}
          autocomplete="off"
          placeholder={props.placeholder}
          value={props.value}
          aria-invalid={props.isWrong ? 'true' : undefined}
          aria-describedby={props.hintId}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      </label>
      {props.hint && (
        <p class="hint" id={props.hintId}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** A labelled choice. */
export function ChoiceField(props: {
  label: string;
  value: string;
  choices: readonly (readonly [value: string, words: string])[];
  onChoose: (value: string) => void;
  /** In a row of fields. */
  isInline?: boolean;
}) {
  return (
    <label class={props.isInline ? 'field inline' : 'field'}>
      <span>{props.label}</span>
      <select value={props.value} onChange={(event) => props.onChoose(event.currentTarget.value)}>
        {props.choices.map(([value, words]) => (
          <option value={value} selected={value === props.value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
