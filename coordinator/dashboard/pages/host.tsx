import { createMemo, For, Show } from 'solid-js';
import type { Command } from '../../../shared/command.ts';
import { COMPARTMENTS, type Host } from '../../../shared/host.ts';
import { HOST_LOOKS, hostSentence, hostState } from '../../../shared/host-look.ts';
import { COMPARTMENT_LOOKS, commandLook } from '../../../shared/looks.ts';
import { api } from '../app/api.ts';
import { useApp } from '../app/context.ts';
import { createRemote } from '../app/remote.ts';
import { commandPath, filterPath } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Badge } from '../parts/badge.tsx';
import { CommandActions } from '../parts/command-actions.tsx';
import { CommandTable } from '../parts/command-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { EventList } from '../parts/event-list.tsx';
import { HostNames } from '../parts/host-names.tsx';
import { Icon } from '../parts/icon.tsx';
import { ProgressBars } from '../parts/progress.tsx';
import { createSteady } from '../parts/steady.ts';
import { SteadyList } from '../parts/steady-list.tsx';
import { Ago, Time } from '../parts/time.tsx';
import { plural } from '../words/duration.ts';
import { nextStep } from '../words/next-step.ts';

const HISTORY = '20';
const EVENTS = 10;
const COMMIT_LENGTH = 12;
const METERS = [
  ['cpuPercent', 'CPU'],
  ['memoryPercent', 'Memory'],
  ['swapPercent', 'Swap'],
  ['diskPercent', 'Disk'],
] as const;

/** One host: its state, its current work, and the next step. */
export function HostPage(props: { name: string }) {
  const { live, openDispatch, canAct } = useApp();
  const host = () => live.host(props.name);
  const active = () => live.command(host()?.activeCommandId ?? '');
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
        const report = () => known().report;
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
                <HostNames host={known()} />
                <button
                  type="button"
                  class="button primary"
                  disabled={!canAct()}
                  onClick={() => openDispatch({ hosts: [known().name] })}
                >
                  <Icon name="play" />
                  Run…
                </button>
              </div>
            </header>

            <Show
              when={active()}
              fallback={
                <section class="panel under-way" aria-label="Active command">
                  <p class="quiet">Nothing is under way.</p>
                </section>
              }
            >
              {(command) => <UnderWay label="Active command" command={command()} host={known().name} />}
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
                        <Show when={step()}>
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

            <div class="two-columns">
              <section aria-labelledby="facts-title">
                <h2 id="facts-title">Details</h2>
                <dl class="facts">
                  <dt>Last seen</dt>
                  <dd>
                    <Ago at={known().lastSeenAt} />
                  </dd>
                  <dt>Connected since</dt>
                  <dd>
                    <Time at={known().online ? known().connectedAt : null} />
                  </dd>
                  <dt>Platform</dt>
                  <dd>
                    {known().platform ?? 'unknown'}
                    <Show when={known().os}>{(os) => ` · ${os().name} ${os().version} ${os().arch}`}</Show>
                  </dd>
                  <dt>Agent</dt>
                  <dd>{known().agentVersion ?? 'unknown'}</dd>
                  <dt>Tags</dt>
                  <dd>
                    <For each={known().tags} fallback="none">
                      {(tag) => (
                        <a class="tag" href={filterPath(`tag:${tag}`)} title={`Hosts with the tag ${tag}`}>
                          {tag}
                        </a>
                      )}
                    </For>
                    <Show when={claims(known())}>{(tags) => ` · its agent claims ${tags()}`}</Show>
                  </dd>
                  <dt>Checkout</dt>
                  <dd class="mono" title={report()?.repoCommit ?? undefined}>
                    {report()?.repoCommit?.slice(0, COMMIT_LENGTH) ?? 'unknown'}
                  </dd>
                  <dt>Generation</dt>
                  <dd>{report()?.generation ?? 'unknown'}</dd>
                  <dt>System</dt>
                  <dd class="mono">{report()?.systemPath ?? 'unknown'}</dd>
                </dl>
              </section>
              <section aria-labelledby="metrics-title">
                <h2 id="metrics-title">Metrics</h2>
                <Show when={known().metrics} fallback={<p class="hint">The host has sent none yet.</p>}>
                  {(metrics) => (
                    <dl class="meters">
                      <Show when={!known().online}>
                        <dt>As of</dt>
                        <dd>
                          <Ago at={known().lastSeenAt} />
                        </dd>
                      </Show>
                      <For each={METERS}>
                        {([key, words]) => (
                          <Show when={metrics()[key] !== null}>
                            <dt id={`meter-${key}`}>{words}</dt>
                            <dd>
                              <meter
                                aria-labelledby={`meter-${key}`}
                                min={0}
                                max={100}
                                high={90}
                                value={metrics()[key] ?? 0}
                              />
                              <span class="num">{Math.round(metrics()[key] ?? 0)} %</span>
                            </dd>
                          </Show>
                        )}
                      </For>
                      <dt>Load</dt>
                      <dd class="num">{metrics().load1?.toFixed(2) ?? 'unknown'}</dd>
                    </dl>
                  )}
                </Show>
              </section>
            </div>

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

const claims = ({ claimedTags }: Host): string => claimedTags.join(', ');

/** A command that is not over, with its actions. */
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
