import { Show } from 'solid-js';
import { useLive } from '../app/context.ts';
import { href } from '../feed/root.ts';
import { Empty } from '../parts/basics/empty.tsx';
import { HostCompartments } from '../parts/host/compartments.tsx';
import { HostDetails } from '../parts/host/details.tsx';
import { HostEvents } from '../parts/host/events.tsx';
import { HostHead } from '../parts/host/head.tsx';
import { HostHistory } from '../parts/host/history.tsx';
import { MaintenanceBanner } from '../parts/host/maintenance.tsx';
import { HostWork } from '../parts/host/work.tsx';

/** One host: its state, its current work, and the next step. */
export function HostPage(props: { name: string }) {
  const live = useLive();
  return (
    <Show
      when={live.host(props.name)}
      fallback={
        <Show when={live.isKnown()}>
          <Empty title={`No host is called ${props.name}`}>
            <a class="button" href={href('/')}>
              See all hosts
            </a>
          </Empty>
        </Show>
      }
    >
      {(host) => (
        <>
          <HostHead host={host()} />
          <MaintenanceBanner host={host()} />
          <HostWork host={host()} />
          <HostCompartments host={host()} />
          <HostDetails host={host()} />
          <HostHistory host={host()} />
          <HostEvents host={host()} />
        </>
      )}
    </Show>
  );
}
