import { assertNever } from '../assert-never.ts';
import type { HostState } from '../looks/host-look.ts';
import type { Host } from '../model/host.ts';
import { fitsGlob } from '../text/glob.ts';
import type { Comparison, PatternKey, Where } from './where.ts';

/** The fields of a host that a `where` reads. A Host of the API has them. */
export type HostFeatures = Pick<
  Host,
  'name' | 'tags' | 'platform' | 'os' | 'agentVersion' | 'online' | 'compartments' | 'report'
>;

/**
 * Whether the host fits. An unknown value fits no condition: `version<0.3` is false for a host that never sent its version, and
 * so is `version>=0.3`.
 * @param state The host's state, as the page and the command line name it.
 */
export function matchesWhere(where: Where, host: HostFeatures, state: HostState): boolean {
  switch (where.type) {
    case 'and':
      return where.operands.every((operand) => matchesWhere(operand, host, state));
    case 'or':
      return where.operands.some((operand) => matchesWhere(operand, host, state));
    case 'not':
      return !matchesWhere(where.operand, host, state);
    case 'version':
      return host.agentVersion !== null && comparesTo(host.agentVersion, where.comparison, where.value);
    case 'pattern':
      return valuesOf(where.key, host).some((value) =>
        fitsGlob(where.key === 'commit' ? `${where.value}*` : where.value, value),
      );
    case 'word':
      return wordOf(where.key, host, state) === where.value;
    default:
      return assertNever(where);
  }
}

function valuesOf(key: PatternKey, { name, tags, os, agentVersion, report }: HostFeatures): readonly string[] {
  const one = (value: string | null | undefined) => (value == null ? [] : [value]);
  switch (key) {
    case 'name':
      return [name];
    case 'tag':
      return tags;
    case 'arch':
      return one(os?.arch);
    case 'version':
      return one(agentVersion);
    case 'commit':
      return one(report?.repoCommit);
    default:
      return assertNever(key);
  }
}

type WordKey = Extract<Where, { type: 'word' }>['key'];

function wordOf(key: WordKey, { platform, online, compartments }: HostFeatures, state: HostState): string | null {
  if (key === 'platform') return platform;
  if (key === 'online') return String(online);
  if (key === 'state') return state;
  return compartments[key].status;
}

/** Compares numbers place by place; a missing one counts as 0. A suffix (`-rc1`) is ignored. */
function comparesTo(version: string, comparison: Comparison, value: string): boolean {
  const numbers = /^\d{1,9}(?:\.\d{1,9})*/.exec(version)?.[0];
  if (numbers === undefined) return false;
  const [left, right] = [numbers.split('.').map(Number), value.split('.').map(Number)];
  let sign = 0;
  for (let place = 0; sign === 0 && place < Math.max(left.length, right.length); place++)
    sign = Math.sign((left[place] ?? 0) - (right[place] ?? 0));
  switch (comparison) {
    case '<':
      return sign < 0;
    case '<=':
      return sign <= 0;
    case '>':
      return sign > 0;
    case '>=':
      return sign >= 0;
    case '=':
      return sign === 0;
    default:
      return assertNever(comparison);
  }
}
