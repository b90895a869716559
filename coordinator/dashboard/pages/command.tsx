import { createMemo, Show } from 'solid-js';
import { commandLook } from '../../../shared/looks/looks.ts';
import { type Command, isActive } from '../../../shared/model/command.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import { createRemote } from '../app/remote.ts';
import { hostPath } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { OutputView } from '../output/output-view.tsx';
import { Badge } from '../parts/basics/badge.tsx';
import { Refused } from '../parts/basics/empty.tsx';
import { CommandActions } from '../parts/command/actions.tsx';
import { BlockedActions } from '../parts/command/blocked-actions.tsx';
import { CommandFacts } from '../parts/command/facts.tsx';
import { GuardPanel } from '../parts/command/guard-panel.tsx';
import { PreviewCard } from '../parts/command/preview-card.tsx';
import { ProgressBars } from '../parts/command/progress.tsx';
import { EvidenceList, Layers } from '../parts/command/proof.tsx';
import { Transitions } from '../parts/command/transitions.tsx';
import { verdictSentence } from '../words/verdict-sentence.ts';

/** One command: its state and reason, the open question, its proof, and its output. */
export function CommandPage(props: { id: string }) {
  const live = useLive();
  /** Changes when there is something new to request, also for a command that the feed no longer has. */
  const asOf = () => {
    const host = live.hosts().find(({ report }) => report?.running?.id === props.id)?.id;
    const said = live.events().findLast(({ commandId }) => commandId === props.id)?.id;
    return [props.id, live.command(props.id)?.rev, host, said].join(' ');
  };
  const remote = createRemote(asOf, () => api.command(props.id));
  const command = createMemo<Command | undefined>(() => {
    const [asked, fed] = [remote.body(), live.command(props.id)];
    return fed && (!asked || fed.rev >= asked.rev) ? fed : asked?.id === props.id ? asked : undefined;
  });
  const isUntracked = () => live.untracked(command()?.hostId ?? '')?.id === props.id;
  const host = () => live.host(command()?.hostId ?? '')?.name ?? 'a removed host';
  const blocked = createRemote(
    () => (command()?.status === 'BLOCKED' ? (command()?.dispatchId ?? null) : null),
    (id) => api.dispatchOf(id),
  );
  const result = () => blocked.body()?.results.find(({ commandId }) => commandId === props.id);

  return (
    <Show
      when={command()}
      fallback={
        <Show when={remote.fault()}>
          {(fault) => (
            <Refused what="command" fault={fault()}>
              <a class="button" href={href('/commands')}>
                See all commands
              </a>
            </Refused>
          )}
        </Show>
      }
    >
      {(known) => (
        <>
          <header class="page-head">
            <div>
              <h1>
                {known().op} on{' '}
                <Show when={live.host(known().hostId)} fallback={host()}>
                  <a href={hostPath(host())}>{host()}</a>
                </Show>
              </h1>
              <p class="sr-only" role="status">
                {`${known().op} on ${host()}: ${commandLook(known()).word}`}
              </p>
              <p class="lead">
                <Badge look={commandLook(known())} />
                <span>{verdictSentence(known(), host(), live.now())}</span>
              </p>
              <Show when={known().lateResult === null && known().hint}>{(hint) => <p class="hint">{hint()}</p>}</Show>
            </div>
          </header>

          <Show when={isActive(known().status) || isUntracked()}>
            <section class="panel" aria-label="Under way">
              <CommandActions command={known()} host={host()} />
              <Show when={isActive(known().status)} fallback={<p>Its process still runs, untracked.</p>}>
                <ProgressBars command={known()} />
              </Show>
            </section>
          </Show>
          <GuardPanel command={known()} host={host()} />
          <Show when={result()}>{(blockedBy) => <BlockedActions op={known().op} result={blockedBy()} />}</Show>

          <div class="two-columns">
            <section aria-labelledby="transitions-title">
              <h2 id="transitions-title">What happened</h2>
              <Transitions command={known()} history={remote.body()?.history ?? []} />
            </section>
            <section aria-labelledby="facts-title">
              <h2 id="facts-title">Details</h2>
              <CommandFacts command={known()} />
            </section>
          </div>
          <Show when={known().verdict}>{(verdict) => <Layers command={known()} verdict={verdict()} />}</Show>
          <Show when={known().evidence?.preview}>
            {(preview) => <PreviewCard preview={preview()} hostId={known().hostId} host={host()} />}
          </Show>
          <Show when={known().evidence}>{(evidence) => <EvidenceList evidence={evidence()} />}</Show>
          <Show when={known().acceptedAt !== null || known().output.bytes > 0}>
            <Show when={known().id} keyed>
              <OutputView command={known()} />
            </Show>
          </Show>
        </>
      )}
    </Show>
  );
}
