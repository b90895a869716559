import { For, Show } from 'solid-js';
import type { Look } from '../../../../shared/looks/looks.ts';
import type { Command, LayerState, Verdict } from '../../../../shared/model/command.ts';
import { WHAT_IS_LEFT } from '../../../../shared/model/outcomes.ts';
import type { Evidence, Freshness } from '../../../../shared/model/report.ts';
import { Badge } from '../basics/badge.tsx';

const LAYERS = [
  ['commit', 'sourceCommit', 'Commit'],
  ['path', 'storePath', 'Store path'],
  ['hash', 'binaryHash', 'Binary hash'],
] as const satisfies (readonly [keyof Verdict, keyof Freshness, string])[];

const FRESHNESS = {
  FRESH: { tone: 'ok', shape: 'check', word: 'Fresh' },
  UNCHANGED: { tone: 'ok', shape: 'check', word: 'Unchanged' },
  STALE: { tone: 'error', shape: 'cross', word: 'Stale' },
  SUSPICIOUS: { tone: 'attention', shape: 'triangle', word: 'Suspicious' },
  UNKNOWN: { tone: 'unknown', shape: 'question', word: 'Unknown' },
} as const satisfies Record<Verdict['freshness'], Look>;

const LAYER = {
  changed: { tone: 'working', shape: 'dot', word: 'changed' },
  same: { tone: 'quiet', shape: 'dash', word: 'same' },
  unknown: { tone: 'unknown', shape: 'question', word: 'unknown' },
} as const satisfies Record<LayerState, Look>;

/** The agent's build before and after, layer by layer: the basis of the verdict. */
export function Layers(props: { command: Command; verdict: Verdict }) {
  const before = () => props.command.before?.freshness;
  const after = () => props.command.after?.freshness;
  return (
    <section aria-labelledby="layers-title">
      <h2 id="layers-title">Proof: the agent before and after</h2>
      <p class="lead">
        <Badge look={FRESHNESS[props.verdict.freshness]} />
        <Show when={props.verdict.reason !== props.command.message}>
          <span>{props.verdict.reason}</span>
        </Show>
      </p>
      <table class="plain-table stacks">
        <thead>
          <tr>
            <th scope="col">Layer</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
            <th scope="col">So it is</th>
          </tr>
        </thead>
        <tbody>
          <For each={LAYERS}>
            {([layer, field, words]) => (
              <tr>
                <th scope="row">{words}</th>
                <td class="mono long">{before()?.[field] ?? 'unknown'}</td>
                <td class="mono long">
                  <Show when={props.verdict[layer] === 'same'} fallback={after()?.[field] ?? 'unknown'}>
                    <span class="quiet">as before</span>
                  </Show>
                </td>
                <td>
                  <Badge look={LAYER[props.verdict[layer]]} />
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}

const PATHS = [
  ['fetchedCommit', 'Fetched commit'],
  ['lockHash', 'Lock hash'],
  ['builtPath', 'Built path'],
  ['systemPathBefore', 'System before'],
  ['systemPathAfter', 'System after'],
] as const satisfies (readonly [keyof Evidence, string])[];

const isSaid = (evidence: Evidence): boolean => {
  const { errorLine, versions, repaired, leftovers, unfound, failedUnits, failedUnitsBefore, tests } = evidence;
  const lists = [failedUnits, failedUnitsBefore, tests];
  return (
    PATHS.some(([field]) => evidence[field]) ||
    lists.some((list) => list?.length) ||
    [errorLine, versions, repaired, leftovers, unfound].some(Boolean)
  );
};

/** The op's evidence; nothing if there is none to show. */
export function EvidenceList(props: { evidence: Evidence }) {
  return (
    <Show when={isSaid(props.evidence)}>
      <EvidenceFacts evidence={props.evidence} />
    </Show>
  );
}

function EvidenceFacts(props: { evidence: Evidence }) {
  return (
    <section aria-labelledby="evidence-title">
      <h2 id="evidence-title">Evidence</h2>
      <dl class="facts">
        <For each={PATHS}>
          {([field, words]) => (
            <Show when={props.evidence[field]}>
              {(value) => (
                <>
                  <dt>{words}</dt>
                  <dd class="mono">{value()}</dd>
                </>
              )}
            </Show>
          )}
        </For>
        <Show when={props.evidence.errorLine}>
          {(line) => (
            <>
              <dt>Error line</dt>
              <dd class="mono">{line().text}</dd>
            </>
          )}
        </Show>
        <Show when={props.evidence.failedUnits?.length}>
          <dt>Failed units</dt>
          <dd class="mono">{props.evidence.failedUnits?.join(', ')}</dd>
        </Show>
        <Show when={props.evidence.failedUnitsBefore?.length}>
          <dt>Failed before</dt>
          <dd class="mono">{props.evidence.failedUnitsBefore?.join(', ')}</dd>
        </Show>
        <Show when={props.evidence.tests?.length}>
          <dt>Tests</dt>
          <dd>
            <For each={props.evidence.tests}>
              {({ name, exitCode, durationMs }) => (
                <p>
                  <span class="mono">{name}</span>: {exitCode === 0 ? 'passed' : `failed (${exitCode ?? 'no code'})`} in{' '}
                  {(durationMs / 1000).toFixed(1)} s
                </p>
              )}
            </For>
          </dd>
        </Show>
        <Show when={props.evidence.versions}>
          {(versions) => (
            <>
              <dt>Versions</dt>
              <dd>
                runs {versions().running ?? 'unknown'}, installed {versions().installed ?? 'unknown'}
              </dd>
            </>
          )}
        </Show>
        <Show when={props.evidence.repaired}>
          {(repaired) => (
            <>
              <dt>Repaired</dt>
              <dd>{repaired()}</dd>
            </>
          )}
        </Show>
        <Show when={props.evidence.leftovers}>
          {(n) => (
            <>
              <dt>Left over</dt>
              <dd>{n()} processes outlived the last step and were ended</dd>
            </>
          )}
        </Show>
        <Show when={props.evidence.unfound}>
          {(unfound) => (
            <>
              <dt>Not found</dt>
              <dd>{WHAT_IS_LEFT[unfound()]}</dd>
            </>
          )}
        </Show>
      </dl>
    </section>
  );
}
