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
