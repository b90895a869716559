import { hasNoSystem } from '../../shared/looks/host-look.ts';
import type { Command } from '../../shared/model/command.ts';
import {
  type AdvertisedOp,
  COMPARTMENTS,
  type Compartment,
  type CompartmentName,
  type Compartments,
} from '../../shared/model/host.ts';
import type { Report } from '../../shared/model/report.ts';
import type { Target } from '../../shared/model/target.ts';
import type { PlatformName } from '../../shared/ops/op-definition.ts';
import { isInstalled, short } from '../lifecycle/proof/freshness.ts';
import { isTargetKnown, targetFault } from '../target/state.ts';
import { type Past, systemOf, testsOf } from './compartments-past.ts';

/** The facts behind a host's compartments; an offline host keeps the last known ones. */
export type CompartmentFacts = {
  platform: PlatformName | null;
  ops: readonly AdvertisedOp[];
  report: Report | null;
  /** When the report came, by the coordinator's clock. */
  reportedAt: number | null;
  target: Target | null;
  past: Past;
  /** Commands that run on the host now, including an untracked one whose process goes on. */
  running: readonly Command[];
};

/** The ops that make a compartment `working`. */
const WORK: Record<CompartmentName, readonly string[]> = {
  agent: ['switch', 'pull-switch', 'force-rebuild', 'rollback', 'restart', 'check-version'],
  git: ['pull', 'pull-switch'],
  lock: ['pull', 'pull-switch', 'bump-flake', 'refresh-lock', 'refresh-all'],
  system: ['switch', 'pull-switch', 'force-rebuild', 'rollback', 'refresh-system', 'refresh-all'],
  tests: ['test'],
};

/**
 * The five compartments (docs/lifecycle.md, Compartments). `since` is null where the facts don't say it; `trackSince` carries it
 * from one derivation to the next.
 */
export function compartmentsOf({
  platform,
  ops,
  report,
  reportedAt,
  target,
  past,
  running,
}: CompartmentFacts): Compartments {
  const fault = targetFault(target);
  const derived: Compartments = {
    agent: agentOf(report),
    git: fault === null ? gitOf(report, target) : say('error', fault),
    lock: fault === null ? lockOf(report, target) : say('error', fault),
    system: doubt(systemFor({ platform, ops, report, reportedAt, past }), fault),
    tests: doubt(testsOf(past, report, reportedAt, platform), fault),
  };
  for (const name of COMPARTMENTS) {
    const work = running.find(({ op }) => WORK[name].includes(op));
    if (work) derived[name] = { status: 'working', message: `${work.op} runs`, since: work.acceptedAt };
  }
  return derived;
}

/**
 * Keeps `since` for as long as a status lasts. A new status counts from what the facts say, else from `now`. The first status
 * ever seen, with facts that don't say it, has none.
 */
export function trackSince(previous: Compartments | null, current: Compartments, now: number): Compartments {
  if (!previous) return current;
  const tracked = { ...current };
  for (const name of COMPARTMENTS) {
    const [was, is] = [previous[name], current[name]];
    tracked[name] = { ...is, since: was.status === is.status ? was.since : (is.since ?? now) };
  }
  return tracked;
}

function agentOf(report: Report | null): Compartment {
  if (!report) return say('unknown', 'The host never reported');
  const { freshness: running, installed, expectedCommit } = report;
  const current = isInstalled(running, installed);
  if (isOther(installed?.binaryHash, running.binaryHash))
    return say('outdated', 'The service would start another agent than the running one: restart it');
  if (expectedCommit !== null) {
    if (running.sourceCommit === null) return say('unknown', 'The commit of the running agent is not known');
    return running.sourceCommit === expectedCommit
      ? say('ok', `The agent that the lock pins runs: ${short(expectedCommit)}`)
      : say(
          'outdated',
          `The running agent is of commit ${short(running.sourceCommit)}, the lock pins ${short(expectedCommit)}`,
        );
  }
  if (current) return say('ok', 'The installed agent runs');
  return isOther(installed?.storePath, running.storePath)
    ? say('outdated', `${running.storePath} runs, ${installed?.storePath} is installed`)
    : say('unknown', `Neither the installed agent nor the one that the lock pins is known: ${INSTALLED_HINT}`);
}

const noTarget = (target: Target | null): string =>
  target?.source === null
    ? "No target is configured: see [target] in the coordinator's CONFIG (docs/configuration.md)"
    : 'No target is known';

function gitOf(report: Report | null, target: Target | null): Compartment {
  if (!isTargetKnown(target)) return say('unknown', noTarget(target));
  if (report?.repoCommit == null) return say('unknown', 'The commit of the checkout is not known');
  return report.repoCommit === target.commit
    ? say('ok', `The checkout is at the target: ${short(target.commit)}`)
    : say('outdated', `The checkout is at ${short(report.repoCommit)}, the target at ${short(target.commit)}`);
}

function lockOf(report: Report | null, target: Target | null): Compartment {
  if (!isTargetKnown(target)) return say('unknown', noTarget(target));
  if (!report) return say('unknown', 'The host never reported');
  if (report.lockHash === null && report.checks.lock?.status === 'error')
    return say('error', report.checks.lock.message);
  if (report.lockHash === null && report.repoCommit === null) return say('unknown', 'The checkout is not known');
  if (report.lockHash === target.lockHash)
    return say('ok', target.lockHash === null ? 'There is no flake.lock' : "flake.lock is the target's");
  if (target.lockHash === null) return say('unknown', "The target's flake.lock is not known");
  return say('outdated', report.lockHash === null ? 'There is no flake.lock' : "flake.lock is not the target's");
}

function systemFor({
  platform,
  ops,
  report,
  reportedAt,
  past,
}: Omit<CompartmentFacts, 'target' | 'running'>): Compartment {
  const known = systemOf(past, report, reportedAt);
  return known.status === 'unknown' && hasNoSystem({ platform, ops }) ? say('unknown', NO_SYSTEM) : known;
}

/** Without a look at the target, nothing that depends on it may be called ok. */
function doubt(compartment: Compartment, fault: string | null): Compartment {
  if (fault === null || compartment.status !== 'ok') return compartment;
  return say('unknown', `${compartment.message}. ${fault}`);
}

const say = (status: Compartment['status'], message: string): Compartment => ({ status, message, since: null });

const INSTALLED_HINT = 'set SWITCHYARD_INSTALLED_PATH on the host (docs/agent.md)';
const NO_SYSTEM = 'No op of this host reports a system: a custom host is ok without';

const isOther = (one: string | null | undefined, other: string | null | undefined): boolean =>
  one != null && other != null && one !== other;
