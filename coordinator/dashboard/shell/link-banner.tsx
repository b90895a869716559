import { Match, Show, Switch } from 'solid-js';
import { clockSpan } from '../../../shared/time/spans.ts';
import { useLive } from '../app/context.ts';
import { path } from '../app/router.ts';
import { Icon } from '../parts/basics/icon.tsx';

/** Says when the page is out of date, at once and with its age. */
export function LinkBanner() {
  const live = useLive();
  return (
    <div role="status" class="link-banner">
      <Switch>
        <Match when={live.link() === 'lost' && live.isKnown()}>
          <p class="banner" data-tone="error">
            <Icon name="cross" />
            <span>
              <b>Disconnected.</b> What you see is {/* The age ticks; a screen reader must not say each second. */}
              <span class="num" aria-hidden="true">
                {clockSpan(live.now() - live.heardAt())}
              </span>{' '}
              old; actions are off until the coordinator answers.
              <Leader />
            </span>
          </p>
        </Match>
        <Match when={!live.isKnown()}>
          <p class="banner" data-tone={live.link() === 'lost' ? 'error' : 'working'}>
            <Icon name={live.link() === 'lost' ? 'cross' : 'half'} />
            <span>
              {live.link() === 'lost' ? 'The coordinator does not answer. Trying again…' : 'Connecting…'}
              <Leader />
            </span>
          </p>
        </Match>
      </Switch>
    </div>
  );
}

/** Leads to the same page at the leader. */
function Leader() {
  const live = useLive();
  const here = () => `${path()}${location.search}`;
  return (
    <Show when={live.leader()}>
      {(leader) => (
        <>
          {' '}
          It stands by: <a href={`${leader()}${here()}`}>{leader().replace(/^https?:\/\//, '')}</a> leads.
        </>
      )}
    </Show>
  );
}
