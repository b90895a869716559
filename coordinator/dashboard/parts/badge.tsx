import { For } from 'solid-js';
import { COMPARTMENTS, type Compartments } from '../../../shared/host.ts';
import { COMPARTMENT_LOOKS, type Look } from '../../../shared/looks.ts';
import { Icon } from './icon.tsx';

/** A status: shape, word and colour. */
export function Badge(props: { look: Look; title?: string }) {
  return (
    <span class="badge" data-tone={props.look.tone} title={props.title}>
      <Icon name={props.look.shape} />
      <span>{props.look.word}</span>
    </span>
  );
}

/** The five compartments as letters with their shapes; the words are in each one's name. */
export function CompartmentCells(props: { compartments: Compartments }) {
  return (
    <span class="compartments" role="group" aria-label="Compartments">
      <For each={COMPARTMENTS}>
        {(name) => {
          const one = () => props.compartments[name];
          const words = () => `${name} ${COMPARTMENT_LOOKS[one().status].word}: ${one().message}`;
          return (
            <span role="img" aria-label={words()} title={words()} data-tone={COMPARTMENT_LOOKS[one().status].tone}>
              {name.charAt(0).toUpperCase()}
              <Icon name={COMPARTMENT_LOOKS[one().status].shape} />
            </span>
          );
        }}
      </For>
    </span>
  );
}
