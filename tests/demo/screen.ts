import { styleText } from 'node:util';
import type { Status } from '../../shared/model/command.ts';

/** Each state has a shape, a word and a colour, so that any one of them suffices. */
const LOOKS = {
  ok: { shape: '✓', colour: 'green' },
  attention: { shape: '▲', colour: 'yellow' },
  error: { shape: '✕', colour: 'red' },
  unknown: { shape: '?', colour: 'gray' },
} as const;

export type LookName = keyof typeof LOOKS;

const LOOK_OF: Readonly<Partial<Record<Status, LookName>>> = {
  SUCCESS: 'ok',
  PARTIAL: 'attention',
  SUSPICIOUS: 'attention',
  BLOCKED: 'attention',
  ERROR: 'error',
  STALE_BINARY: 'error',
  TIMEOUT: 'error',
  ABORTED_BY_REBOOT: 'error',
  ROLLED_BACK: 'error',
};

export const lookOf = (status: Status): LookName => LOOK_OF[status] ?? 'unknown';

/** One line after another, never one over another: it reads the same on a terminal and in a log. Honours NO_COLOR. */
export const screen = {
  title: (text: string) => say(`\n${styleText('bold', text)}`),
  text: (text: string) => say(`  ${text}`),
  /** Useful, but not the point. */
  aside: (text: string) => say(`  ${styleText('gray', text)}`),
  state: (look: LookName, text: string) => say(`  ${shaped(look)} ${text}`),
  /** Below a state. */
  reason: (text: string) => say(`    ${styleText('gray', text)}`),
  output: (host: string, line: string) => say(`    ${styleText('gray', `${host} │`)} ${line}`),
};

export const coloured = (look: LookName, text: string): string => styleText(LOOKS[look].colour, text);

const shaped = (look: LookName): string => coloured(look, LOOKS[look].shape);

const say = (text: string): void => void process.stdout.write(`${text}\n`);
