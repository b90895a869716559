import type { Static } from 'typebox';
import { lazyValidator } from '../../shared/lazy-validator.ts';
import { Name } from '../../shared/schema.ts';
import type { WindowKeys } from './config-schema.ts';

/** `[windows.NAME]` of CONFIG. */
export type WindowConfig = Static<typeof WindowKeys>;
export type WindowConfigs = Readonly<Record<string, WindowConfig>>;

export type KeyFault = { keys: string[]; fault: string };

const name = lazyValidator(Name);

/** Rules for windows that a schema cannot express. */
export function faultOfWindows(windows: WindowConfigs): KeyFault | null {
  for (const [id, { from, to, timezone }] of Object.entries(windows)) {
    const fault = (key: string | null, says: string): KeyFault => ({
      keys: ['windows', id, ...(key ? [key] : [])],
      fault: `windows.${JSON.stringify(id)}${key ? `.${key}` : ''}: ${says}`,
    });
    if (!name().Check(id)) return fault(null, 'this is not a name for a window');
    if (from === to) return fault('to', 'must not be `from`; a whole day is from 00:00 to 24:00');
    if (!isTimeZone(timezone))
      return fault('timezone', `${JSON.stringify(timezone)} is no time zone; use UTC or a name such as Europe/Berlin`);
  }
  return null;
}

/** Takes names, not offsets: an offset does not follow clock changes. */
export function isTimeZone(timezone: string): boolean {
  if (!/^[A-Za-z]/.test(timezone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}
