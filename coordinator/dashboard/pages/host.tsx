import { createMemo, For, Show } from 'solid-js';
import type { Command } from '../../../shared/command.ts';
import { COMPARTMENTS } from '../../../shared/host.ts';
import { HOST_LOOKS, hostSentence, hostState } from '../../../shared/host-look.ts';
import { COMPARTMENT_LOOKS, commandLook } from '../../../shared/looks.ts';
import { api } from '../app/api.ts';
import { useApp } from '../app/context.ts';
import { createRemote } from '../app/remote.ts';
import { commandPath } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Badge } from '../parts/badge.tsx';
import { CommandActions } from '../parts/command-actions.tsx';
import { CommandTable } from '../parts/command-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { EventList } from '../parts/event-list.tsx';
import { HostDetails } from '../parts/host-details.tsx';
import { MaintenanceBanner, MaintenanceButton } from '../parts/host-maintenance.tsx';
import { HostNames } from '../parts/host-names.tsx';
import { Icon } from '../parts/icon.tsx';
import { NeedBody } from '../parts/need-body.tsx';
import { needLook } from '../parts/needs-you.tsx';
import { ProgressBars } from '../parts/progress.tsx';
import { createSteady } from '../parts/steady.ts';
import { SteadyList } from '../parts/steady-list.tsx';
import { Ago } from '../parts/time.tsx';
import { plural } from '../words/duration.ts';
import { nextStep } from '../words/next-step.ts';

const HISTORY = '20';
const EVENTS = 10;

/** One host: its state, its current work, and the next step. */
export function HostPage(props: { name: string }) {
  const { live, openDispatch, canAct, may } = useApp();
  const host = () => live.host(props.name);
  const active = () => live.command(host()?.activeCommandId ?? '');
  const need = createMemo(() => live.needs().find(({ hostId }) => hostId === host()?.id));
  const queued = () => live.queued(host()?.id ?? '');
  // Requested again with each new command of this host; the rows themselves follow the feed.
  const asOf = () => {
    const id = host()?.id;
    if (id === undefined) return null;
    return `${id} ${live.latest(id)?.id}`;
  };
  const history = createRemote(asOf, () => api.commands({ host: host()?.id ?? props.name, limit: HISTORY }));
  const events = createMemo(() => {
    const id = host()?.id;
    return live
      .events()
      .filter(({ hostId }) => hostId === id)
      .reverse()
      .slice(0, EVENTS);
  });
  const steadyEvents = createSteady(events, ({ id }) => String(id));

  return (
    <Show
      when={host()}
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
      {(known) => {
        const state = () => hostState(known(), live.latest(known().id), live.needy().has(known().id));
        return (
          <>
            <header class="page-head">
              <div>
                <h1>{known().name}</h1>
                <p class="lead">
                  <Badge look={HOST_LOOKS[state()]} />
                  <span>{hostSentence(known(), state(), { active: active(), queued: queued() }, live.now())}</span>
                </p>
                <Show when={known().lastSeenAt === null}>
                  <p class="hint">
                    Start an agent on it with its token; where the token is lost,{' '}
                    <a href={href('/settings')}>Settings</a> gives it a new one.
                  </p>
                </Show>
              </div>
              <div class="actions">
                <MaintenanceButton host={known()} />
                <Show when={may('admin')}>
                  <HostNames host={known()} />
                </Show>
                <Show when={may('operator')}>
                  <button
                    type="button"
                    class="button primary"
                    disabled={!canAct()}
                    onClick={() => openDispatch({ hosts: [known().name] })}
                  >
                    <Icon name="play" />
                    Run…
                  </button>
                </Show>
              </div>
            </header>

            <MaintenanceBanner host={known()} />
            <Show when={need()}>
              {(needed) => (
                <section class="panel host-need" aria-labelledby="need-title" data-tone={needLook(needed()).tone}>
                  <h2 id="need-title">
                    {/* A failed host's badge stands above already. */}
                    <Show when={needed().items.length > 0}>
                      <Badge look={needLook(needed())} />{' '}
                    </Show>
                    Why it needs you
                  </h2>
                  <NeedBody need={needed()} />
                </section>
              )}
            </Show>
            <Show when={active()}>
              {(command) => (
                // A command that asks stands above, with its actions.
                <Show when={!need()?.items.some(({ commandId }) => commandId === command().id)}>
                  <UnderWay label="Active command" command={command()} host={known().name} />
                </Show>
              )}
            </Show>
            <Show when={!active() && !need()}>
              <p class="quiet">Nothing is under way.</p>
            </Show>

            <Show when={!active() && live.untracked(known().id)}>
              {(running) => (
                <section class="panel" aria-label="Untracked command">
                  <p>
                    <a class="strong" href={commandPath(running().id)}>
                      {running().op}
                    </a>{' '}
                    still runs, and is no longer tracked: the host is busy until it ends. Its page can kill it.
                  </p>
                </section>
              )}
            </Show>
            <For each={queued().map(({ id }) => id)}>
              {(id) => (
                <Show when={live.command(id)}>
                  {(command) => <UnderWay label="Queued command" command={command()} host={known().name} />}
                </Show>
              )}
            </For>

            <section aria-labelledby="compartments-title">
              <h2 id="compartments-title">Compartments</h2>
              <Show when={!known().online && known().lastSeenAt !== null}>
                <p class="hint">As they were when the host was last seen.</p>
              </Show>
              <ul class="compartment-list">
                <For each={COMPARTMENTS}>
                  {(name) => {
                    const one = () => known().compartments[name];
                    const step = () => known().lastSeenAt !== null && nextStep(known(), name);
                    return (
                      <li>
                        <span class="strong">{name}</span>
                        <Badge look={COMPARTMENT_LOOKS[one().status]} />
                        <span class="says">{one().message}</span>
                        <span class="quiet">
                          <Ago at={one().since} none="" />
                        </span>
                        <Show when={may('operator') && step()}>
                          {(op) => (
                            <button
                              type="button"
                              class="button small"
                              disabled={!canAct()}
                              onClick={() => openDispatch({ op: op(), hosts: [known().name] })}
                            >
                              {op()}…
                            </button>
                          )}
                        </Show>
                      </li>
                    );
                  }}
                </For>
              </ul>
            </section>

            <HostDetails host={known()} />

            <section aria-labelledby="history-title">
              <h2 id="history-title">History</h2>
              <Show when={history.fault()}>{(fault) => <p class="fault">{fault().detail}</p>}</Show>
              <Show when={history.body()?.items.length === 0}>
                <p class="hint">It has run nothing yet.</p>
              </Show>
              <Show when={history.body()?.items.length}>
                <CommandTable commands={history.body()?.items ?? []} withoutHost />
                <a href={href(`/commands?host=${encodeURIComponent(known().name)}`)}>All commands of {known().name}</a>
              </Show>
            </section>
            <Show when={events().length > 0}>
              <section aria-labelledby="events-title">
                <h2 id="events-title">Latest events</h2>
                <SteadyList steady={steadyEvents} words={`${plural(steadyEvents.pending(), 'newer event')}: show`}>
                  <EventList events={steadyEvents.keys().flatMap((id) => steadyEvents.item(id) ?? [])} withoutHost />
                </SteadyList>
              </section>
            </Show>
          </>
        );
      }}
    </Show>
  );
}

/** A command that has not ended, with its actions. */
function UnderWay(props: { label: string; command: Command; host: string }) {
  return (
    <section class="panel under-way" aria-label={props.label}>
      <div class="line-of">
        <Badge look={commandLook(props.command)} />
        <a class="strong" href={commandPath(props.command.id)}>
          {props.command.op}
        </a>
      </div>
      <CommandActions command={props.command} host={props.host} />
      <ProgressBars command={props.command} />
    </section>
  );
}
