import type { Accessor, Setter } from 'solid-js';

/** Pattern of host names. The coordinator decides. */
const NAME_PATTERN = '[A-Za-z0-9][A-Za-z0-9._\\-]*';

/** Tags as typed, between spaces or commas. */
export const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** Inputs for a host's name and tags. */
export function NameFields(props: {
  name: Accessor<string>;
  setName: Setter<string>;
  tags: Accessor<string>;
  setTags: Setter<string>;
  isInline?: boolean;
  focusesTags?: boolean;
}) {
  const look = () => (props.isInline ? 'field inline' : 'field');
  return (
    <>
      <label class={look()}>
        <span>Name</span>
        <input
          type="text"
          required
          pattern={NAME_PATTERN}
          value={props.name()}
          onInput={(event) => props.setName(event.currentTarget.value)}
        />
      </label>
      <label class={look()}>
        <span>Tags</span>
        <input
          type="text"
          autofocus={props.focusesTags}
          value={props.tags()}
          onInput={(event) => props.setTags(event.currentTarget.value)}
        />
      </label>
    </>
  );
}
