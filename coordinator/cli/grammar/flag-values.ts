import { isUuid } from '../../../shared/ids.ts';
import { STATUSES } from '../../../shared/model/command.ts';
import { CONFIRM_MS } from '../../../shared/ops/guard.ts';
import { parseDuration } from './durations.ts';

/** Parses the values of flags. Undefined for an invalid text. */

/** A comma-separated list of words. */
export const parseList = (text: string): string[] | undefined => {
  const words = text.split(',').map((word) => word.trim());
  return words.every((word) => word !== '') ? words : undefined;
};

export const parseStatuses = (text: string): string[] | undefined => {
  const words = parseList(text)?.map((word) => word.toUpperCase());
  return words?.every((word) => STATUSES.some((status) => status === word)) ? words : undefined;
};

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

export const parseCommit = (text: string): string | undefined => (COMMIT.test(text) ? text : undefined);

/** A number, or a percent as text. */
export const parseFailures = (text: string): number | string | undefined => {
  if (/^(100|[1-9]?\d)%$/.test(text)) return text;
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
};

/** Milliseconds for which a guarded activation may wait. */
export const parseConfirm = (text: string): number | undefined => {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= CONFIRM_MS.least && ms <= CONFIRM_MS.most ? ms : undefined;
};

export const parseId = (text: string): string | undefined => (isUuid(text) ? text.toLowerCase() : undefined);
