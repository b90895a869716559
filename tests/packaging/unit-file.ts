import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './evaluate.ts';

/** Settings by section and name; repeated ones become one list, separated by spaces. */
export type UnitFile = Record<string, Record<string, string>>;

/** One of the units in systemd/. */
export function readUnit(name: string): UnitFile {
  const unit: UnitFile = {};
  let section: Record<string, string> = {};
  for (const line of readFileSync(join(ROOT, 'systemd', name), 'utf8').split('\n')) {
    const title = /^\[(\w+)\]$/.exec(line)?.[1];
    const [, key, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (title) unit[title] = section = {};
    else if (key) section[key] = section[key] === undefined ? value : `${section[key]} ${value}`;
    else if (line && !line.startsWith('#')) throw new Error(`${name} has a line that is no setting: ${line}`);
  }
  return unit;
}

/** The names and values of `Environment=`, where no value has a space. */
export const environmentOf = (unit: UnitFile): Record<string, string> =>
  Object.fromEntries((unit.Service?.Environment ?? '').split(' ').map((entry) => entry.split('=', 2)));
