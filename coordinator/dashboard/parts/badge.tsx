import { For } from 'solid-js';
import { COMPARTMENTS, type Host } from '../../../shared/host.ts';
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

/**
 * The five compartments as letters with their shapes; the words are in each one's name. Of a host that is offline they are what was
 * last known, and have no colour.
 */
export function CompartmentCells(props: { host: Pick<Host, 'compartments' | 'online'> }) {
  return (
    <span
      class="compartments"
      role="group"
      aria-label={props.host.online ? 'Compartments' : 'Compartments, as last known'}
    >
      <For each={COMPARTMENTS}>
        {(name) => {
          const one = () => props.host.compartments[name];
          const tone = () => (props.host.online ? COMPARTMENT_LOOKS[one().status].tone : 'unknown');
          const words = () => `${name} ${COMPARTMENT_LOOKS[one().status].word}: ${one().message}`;
          return (
            <span role="img" aria-label={words()} title={words()} data-tone={tone()}>
              {name.charAt(0).toUpperCase()}
              <Icon name={COMPARTMENT_LOOKS[one().status].shape} />
            </span>
          );
        }}
      </For>
    </span>
  );
}
