import type { JSX } from 'solid-js';
import { copy } from '../app/notices.ts';
import { Icon } from './icon.tsx';

/** Nothing is there: what that means, and what helps. */
export function Empty(props: { title: string; children?: JSX.Element }) {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** A command line or a token, to copy. */
export function CopyLine(props: { text: string; what: string }) {
  return (
    <div class="copy-line">
      <code>{props.text}</code>
      <button type="button" class="button" onClick={() => void copy(props.text, props.what)}>
        <Icon name="copy" />
        Copy
      </button>
    </div>
  );
}
