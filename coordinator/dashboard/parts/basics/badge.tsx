import { For } from 'solid-js';
import { COMPARTMENT_LOOKS, type Look } from '../../../../shared/looks/looks.ts';
import { COMPARTMENTS, type Host } from '../../../../shared/model/host.ts';
import { filterPath } from '../../app/router.ts';
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
 * The five compartments as letters with shapes. Their accessible names spell them out, and each links to all hosts like it. An
 * offline host shows its last known ones, without colour. Arrow keys reach them, so that Tab goes from host to host.
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
            <a
              href={filterPath(`${name}:${one().status}`)}
              aria-label={words()}
              title={`${words()}\nClick for all hosts like this`}
              data-tone={tone()}
              tabIndex={-1}
            >
              {name.charAt(0).toUpperCase()}
              <Icon name={COMPARTMENT_LOOKS[one().status].shape} />
            </a>
          );
        }}
      </For>
    </span>
  );
}
