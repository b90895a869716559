import { For } from 'solid-js';
import { Dialog } from '../parts/basics/dialog.tsx';

const KEYS = [
  ['Ctrl K', 'Go to a page or a host, or run an op: switch web1'],
  ['/', 'Filter what the page shows'],
  ['?', 'These keys'],
  ['↑ ↓', 'In a list: the row above, the row below'],
  ['← →', 'In a row: what stands before, what comes after'],
  ['Shift with a click', 'Select all hosts from the one before'],
  ['Esc', 'Take a question back, close a dialog'],
  ['n p', 'In an output: the next error, the one before'],
  ['End', 'In an output: follow it again'],
  ['Enter', 'In an output: copy the link to the line'],
] as const;

/** All keys, by where they work. */
export function KeysDialog(props: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={props.onClose}>
      <dl class="facts">
        <For each={KEYS}>
          {([keys, words]) => (
            <>
              <dt>
                <kbd class="key">{keys}</kbd>
              </dt>
              <dd>{words}</dd>
            </>
          )}
        </For>
      </dl>
    </Dialog>
  );
}
