import type { JSX } from 'solid-js';
import { copy } from '../../app/notices.ts';
import type { Fault } from '../../app/remote.ts';
import { setQuery } from '../../app/router.ts';
import { Icon } from './icon.tsx';

/** An empty state: what it means, and what helps. */
export function Empty(props: { title: string; children?: JSX.Element }) {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** A refused page: there is no such thing, or it can't be read now. */
export function Refused(props: { what: string; fault: Fault; children?: JSX.Element }) {
  return (
    <Empty title={props.fault.status === 404 ? `No such ${props.what}` : `The ${props.what} could not be read`}>
      <p>{props.fault.detail}</p>
      {props.children}
    </Empty>
  );
}

/** Nothing matches the filter in the address. */
export function NoMatch(props: { what: string; filter: Record<string, string> }) {
  const words = () =>
    Object.entries(props.filter)
      .filter(([, word]) => word !== '')
      .map(([name, word]) => `${name} ${word}`);
  const cleared = () => Object.fromEntries(Object.keys(props.filter).map((name) => [name, '']));
  return (
    <Empty title={`No ${props.what} matches`}>
      <p>Looked for: {words().join(', ')}.</p>
      <button type="button" class="button" onClick={() => setQuery(cleared())}>
        Clear the filter
      </button>
    </Empty>
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
