/** A labelled text input in a row of others. */
export function InlineField(props: {
  label: string;
  value: string;
  onInput: (text: string) => void;
  placeholder?: string;
  isNumber?: boolean;
}) {
  return (
    <label class="field inline">
      <span>{props.label}</span>
      <input
        type="text"
        autocomplete="off"
        spellcheck={false}
        inputMode={props.isNumber ? 'numeric' : undefined}
        pattern={props.isNumber ? '[0-9]*' : undefined}
        placeholder={props.placeholder}
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </label>
  );
}

/** A labelled choice in a row of fields. */
export function InlineChoice(props: {
  label: string;
  value: string;
  choices: readonly (readonly [value: string, words: string])[];
  onChoose: (value: string) => void;
}) {
  return (
    <label class="field inline">
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
