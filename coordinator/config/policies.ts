import type { Static } from 'typebox';
import { lazyValidator } from '../../shared/lazy-validator.ts';
import type { RolloutRequest } from '../../shared/model/rollout.ts';
import { Name } from '../../shared/schema.ts';
import { type CronTimes, readCron } from '../schedule/cron.ts';
import type { PolicyKeys } from './config-schema.ts';
import { whereFault } from './where-fault.ts';
import { isTimeZone, type KeyFault, type WindowConfigs } from './windows.ts';

/** `[policies.NAME]` of CONFIG. `cron` is null if the policy follows the target. */
export type PolicyConfig = {
  name: string;
  cron: { pattern: string; timezone: string; times: CronTimes } | null;
  rollout: RolloutRequest;
};

type Given = Readonly<Record<string, Static<typeof PolicyKeys>>>;

const name = lazyValidator(Name);

/** Each `where` of a plan, with its keys. */
const wheresOf = ({ where, waves = [] }: RolloutRequest): [keys: string[], where: string | undefined][] => [
  [['rollout', 'where'], where],
  ...waves.map((wave, index): [string[], string | undefined] => [
    ['rollout', 'waves', String(index), 'where'],
    wave.where,
  ]),
];

/** The policies in the order of the file, or the first fault that a schema cannot express. */
export function readPolicies(
  given: Given,
  windows: WindowConfigs,
): { policies: PolicyConfig[]; fault: KeyFault | null } {
  const policies: PolicyConfig[] = [];
  for (const [id, { on, cron, timezone, rollout }] of Object.entries(given)) {
    const fault = (keys: string[], says: string) => {
      const place = ['policies', JSON.stringify(id), ...keys].join('.');
      return { policies, fault: { keys: ['policies', id, ...keys], fault: `${place}: ${says}` } };
    };
    if (!name().Check(id)) return fault([], 'this is not a name for a policy');
    if ((on === undefined) === (cron === undefined)) return fault([], 'takes either on or cron');
    if (cron !== undefined && timezone === undefined) return fault(['cron'], 'needs a timezone');
    if (cron === undefined && timezone !== undefined) return fault(['timezone'], 'belongs to cron');
    if (timezone !== undefined && !isTimeZone(timezone))
      return fault(
        ['timezone'],
        `${JSON.stringify(timezone)} is no time zone; use UTC or a name such as Europe/Berlin`,
      );
    if (rollout.dryRun !== undefined) return fault(['rollout', 'dryRun'], 'a policy makes its rollouts');
    if (!rollout.hosts && !rollout.tags && rollout.where === undefined)
      return fault(['rollout'], 'hosts, tags or where must select hosts');
    if (rollout.window !== undefined && !Object.hasOwn(windows, rollout.window))
      return fault(['rollout', 'window'], `there is no [windows.${rollout.window}]`);
    for (const [keys, where] of wheresOf(rollout)) {
      const says = where === undefined ? null : whereFault(where);
      if (says !== null) return fault(keys, says);
    }
    const reading = cron === undefined || timezone === undefined ? null : readCron(cron, timezone);
    if (reading?.kind === 'fault') return fault(['cron'], `is no cron pattern of five fields: ${reading.fault}`);
    policies.push({
      name: id,
      cron: reading && cron && timezone ? { pattern: cron, timezone, times: reading.times } : null,
      // TOML's tables have no prototype.
      rollout: JSON.parse(JSON.stringify(rollout)),
    });
  }
  return { policies, fault: null };
}
