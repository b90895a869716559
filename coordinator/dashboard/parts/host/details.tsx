import { For, Show } from 'solid-js';
import type { Host } from '../../../../shared/model/host.ts';
import { filterPath } from '../../app/router.ts';
import { Ago, Time } from '../basics/time.tsx';

const COMMIT_LENGTH = 12;
const METERS = [
  ['cpuPercent', 'CPU'],
  ['memoryPercent', 'Memory'],
  ['swapPercent', 'Swap'],
  ['diskPercent', 'Disk'],
] as const;

/** A host's facts and its metrics. */
export function HostDetails(props: { host: Host }) {
  return (
    <div class="two-columns">
      <section aria-labelledby="facts-title">
        <h2 id="facts-title">Details</h2>
        <dl class="facts">
          <dt>Last seen</dt>
          <dd>
            <Ago at={props.host.lastSeenAt} />
          </dd>
          <dt>Connected since</dt>
          <dd>
            <Time at={props.host.online ? props.host.connectedAt : null} />
          </dd>
          <dt>Platform</dt>
          <dd>
            {props.host.platform ?? 'unknown'}
            <Show when={props.host.os}>{(os) => ` · ${os().name} ${os().version} ${os().arch}`}</Show>
          </dd>
          <dt>Agent</dt>
          <dd>{props.host.agentVersion ?? 'unknown'}</dd>
          <dt>Tags</dt>
          <dd>
            <For each={props.host.tags} fallback="none">
              {(tag) => (
                <a class="tag" href={filterPath(`tag:${tag}`)} title={`Hosts with the tag ${tag}`}>
                  {tag}
                </a>
              )}
            </For>
            <Show when={claims(props.host)}>{(tags) => ` · its agent claims ${tags()}`}</Show>
          </dd>
          <dt>Checkout</dt>
          <dd class="mono" title={props.host.report?.repoCommit ?? undefined}>
            {props.host.report?.repoCommit?.slice(0, COMMIT_LENGTH) ?? 'unknown'}
          </dd>
          <dt>Generation</dt>
          <dd>{props.host.report?.generation ?? 'unknown'}</dd>
          <dt>System</dt>
          <dd class="mono">{props.host.report?.systemPath ?? 'unknown'}</dd>
        </dl>
      </section>
      <section aria-labelledby="metrics-title">
        <h2 id="metrics-title">Metrics</h2>
        <Show when={props.host.metrics} fallback={<p class="hint">The host has sent none yet.</p>}>
          {(metrics) => (
            <dl class="meters">
              <Show when={!props.host.online}>
                <dt>As of</dt>
                <dd>
                  <Ago at={props.host.lastSeenAt} />
                </dd>
              </Show>
              <For each={METERS}>
                {([key, words]) => (
                  <Show when={metrics()[key] !== null}>
                    <dt id={`meter-${key}`}>{words}</dt>
                    <dd>
                      <meter aria-labelledby={`meter-${key}`} min={0} max={100} high={90} value={metrics()[key] ?? 0} />
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
  );
}

const claims = ({ claimedTags }: Host): string => claimedTags.join(', ');
