import { type ErrorCode, SwitchyardError } from '../../../shared/api/errors.ts';
import { newCommandId } from '../../../shared/ids.ts';
import type { RolloutRequest, RolloutStep, WavePlan } from '../../../shared/model/rollout.ts';
import type { Target } from '../../../shared/model/target.ts';
import type { OpCatalog } from '../../dispatch/op-catalog.ts';
import type { Windows } from '../../dispatch/windows.ts';
import type { Sessions } from '../../engine/sessions.ts';
import type { Fitting } from '../../hosts/fitting.ts';
import { hostNamed, hostsMeant, hostsTagged } from '../../hosts/meant.ts';
import type { HostEntry, Roster } from '../../hosts/roster.ts';
import { type Read, whenRead } from '../../store/read.ts';
import { newHostRow, type StoredRollout } from '../record.ts';
import { DEFAULT_WAVES, freezeWaves, type WaveSelection } from '../waves.ts';
import { takesCommit } from './beginning.ts';

export type PlanDeps = {
  roster: Pick<Roster, 'all' | 'find'>;
  sessions: Pick<Sessions, 'isOnline'>;
  catalog: OpCatalog;
  fitting: Fitting;
  windows: Pick<Windows, 'find' | 'shut'>;
  target: () => Target | null;
};

const fault = (path: string, message: string, code: ErrorCode = 'invalid_request'): SwitchyardError =>
  new SwitchyardError(code, `body${path} ${message}`, { faults: [{ path, message }] });

/**
 * The rollout that a request asks for, with its hosts and waves frozen as they are now; nothing is stored. Throws or rejects with
 * `invalid_request`, `invalid_where`, `unknown_op`, `unknown_host`.
 */
export function planOf(deps: PlanDeps, request: RolloutRequest, actor: string, at: number): Read<StoredRollout> {
  const { steps, waves = [] } = request;

  for (const [index, step] of steps.entries()) checkStep(deps, step, `/steps/${index}`);
  const commit = commitOf(deps, request);
  checkWindow(deps, request, at);
  if (!request.hosts && !request.tags && request.where === undefined)
    throw fault('/hosts', 'or tags or where must select hosts');
  const asked = [request.where, ...waves.map(({ where }) => where)];
  return inOrder(
    asked.map((where) => () => (where === undefined ? null : deps.fitting.ids(where))),
    ([ofAll, ...ofWaves]) => {
      const hosts = hostsMeant(deps.roster, request, ofAll ?? null);
      checkHostWindows(deps, request, hosts, at);
      const selections =
        waves.length === 0
          ? DEFAULT_WAVES.map((plan) => ({ ...plan, names: null }))
          : waves.map((plan, index) => selectionOf(deps, plan, ofWaves[index] ?? null, hosts, index));
      const candidates = hosts.map(({ id, name }) => ({ id, name, online: deps.sessions.isOnline(id) }));
      const frozen = freezeWaves(candidates, selections);
      const names = new Map(hosts.map(({ id, name }) => [id, name]));
      const approve = request.approve === true;
      return {
        record: {
          rollout: {
            id: newCommandId(),
            name: request.name ?? nameOf(request),
            status: approve ? 'AWAITING_APPROVAL' : 'RUNNING',
            reason: approve ? { code: 'approval', message: 'it waits for an approval', until: null } : null,
            createdBy: actor,
            approvedBy: null,
            createdAt: at,
            startedAt: null,
            finishedAt: null,
            commit,
            steps,
            plan: request,
            waves: frozen,
            rev: 1,
          },
          approvedWaves: [],
          soak: null,
          forgiven: 0,
          forgivenHosts: [],
          quarantined: false,
        },
        hosts: frozen.flatMap((wave) => wave.hosts.map((id) => newHostRow(id, names.get(id) ?? id, wave.index))),
        commands: [],
      };
    },
  );
}

/** Reads one after the other. Each may come at once or later. */
function inOrder<Value, Result>(
  reads: (() => Read<Value>)[],
  use: (values: Value[]) => Read<Result>,
  found: Value[] = [],
): Read<Result> {
  const [first, ...rest] = reads;
  return first ? whenRead(first(), (value) => inOrder(rest, use, [...found, value])) : use(found);
}

function checkStep({ catalog }: PlanDeps, { op: id, options = {} }: RolloutStep, path: string): void {
  const op = catalog.find(id);
  if (!op) throw fault(`${path}/op`, `is an op that no host has: "${id}"`, 'unknown_op');
  if (op.executor === 'coordinator') throw fault(`${path}/op`, `acts on commands and can't be a step: ${id}`);
  if ('commit' in options) throw fault(`${path}/options/commit`, 'belongs to the rollout: give it as its `commit`');
  const wrong = catalog.faultOf(op, options);
  if (wrong) throw fault(`${path}/options`, wrong);
}

/** How long a step may take. It has to end before its window closes. */
const timeoutOf = ({ catalog }: PlanDeps, op: string): number => catalog.find(op)?.thresholds.timeoutMs ?? 1;

function checkWindow(deps: PlanDeps, { window, steps }: RolloutRequest, at: number): void {
  if (window === undefined) return;
  const schedule = deps.windows.find(window);
  if (!schedule) throw fault('/window', `names no window of CONFIG: ${window}`);
  for (const { op } of steps)
    if (schedule.opensFor(at, timeoutOf(deps, op)) === null)
      throw fault('/window', `is never open for as long as ${op} may take: ${spanOf(timeoutOf(deps, op))}`);
}

/** Checks the windows of the rollout's hosts, which hold it up as its own does. */
function checkHostWindows(deps: PlanDeps, { steps, force }: RolloutRequest, hosts: HostEntry[], at: number): void {
  if (force) return;
  for (const { op: id } of steps) {
    const op = deps.catalog.find(id);
    const shut = (host: HostEntry) => (op ? deps.windows.shut(op, host, at, timeoutOf(deps, id)) : null);
    const host = hosts.find((one) => shut(one) !== null && shut(one)?.opensAt === null);
    if (host)
      throw fault(
        '/hosts',
        `has ${host.name}, whose window ${shut(host)?.name} is never open for as long as ${id} may take: ${spanOf(timeoutOf(deps, id))}`,
      );
  }
}

const spanOf = (ms: number): string => (ms < 60_000 ? `${ms} ms` : `${Math.ceil(ms / 60_000)} min`);

function commitOf({ target }: PlanDeps, { commit, steps }: RolloutRequest): string | null {
  const isTaken = steps.some(({ op }) => takesCommit(op));
  if (commit !== undefined && !isTaken) throw fault('/commit', 'is taken by no step of this rollout');
  if (!isTaken) return null;
  if (commit !== undefined && commit !== 'target') return commit;
  const known = target()?.commit ?? null;
  if (commit === 'target' && known === null) throw fault('/commit', "is the target's commit, which is not known");
  return known;
}

function selectionOf(
  { roster }: PlanDeps,
  plan: WavePlan,
  fitting: ReadonlySet<string> | null,
  all: readonly HostEntry[],
  index: number,
): WaveSelection {
  const { hosts, tags } = plan;
  if (!hosts && !tags && !fitting) {
    if (plan.count === undefined && plan.percent === undefined)
      throw fault(`/waves/${index}`, 'must select hosts by hosts, tags, where, count or percent');
    return { ...plan, names: null };
  }
  const meant = new Set(all.map(({ id }) => id));
  const named = new Set((hosts ?? []).map((name) => hostNamed(roster, name).id));
  for (const id of named)
    if (!meant.has(id)) throw fault(`/waves/${index}/hosts`, 'names a host that is not in the rollout');
  for (const { id } of hostsTagged(all, tags)) named.add(id);
  const isNamed = (id: string) => (!hosts && !tags) || named.has(id);
  return { ...plan, names: ({ id }) => isNamed(id) && (fitting?.has(id) ?? true) };
}

const nameOf = ({ steps }: RolloutRequest): string =>
  steps
    .map(({ op }) => op)
    .join(', ')
    .slice(0, 64);
