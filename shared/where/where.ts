import { HOST_STATES } from '../looks/host-look.ts';
import { CHECK_STATUSES } from '../model/report.ts';
import { PLATFORMS } from '../ops/op-definition.ts';
import { WHERE_MAX_LENGTH } from '../schema.ts';

/**
 * The grammar of `where`: which hosts are meant. One parser for API, command line, page and policies.
 *
 *     expression = term { "or" term }
 *     term       = factor { "and" factor }
 *     factor     = "not" factor | "(" expression ")" | condition
 *     condition  = "online" | key ":" value | "version" ( "<" | "<=" | ">" | ">=" | "=" ) value
 */

/** Keys whose value is a pattern, where `*` stands for any characters. */
export const PATTERN_KEYS = ['tag', 'name', 'arch', 'version', 'commit'] as const;

/** Keys with a fixed set of words. */
export type WordKey = keyof typeof WORDS;
export const WORDS = {
  platform: PLATFORMS,
  state: HOST_STATES,
  online: ['true', 'false'],
  agent: CHECK_STATUSES,
  git: CHECK_STATUSES,
  lock: CHECK_STATUSES,
  system: CHECK_STATUSES,
  tests: CHECK_STATUSES,
} as const satisfies Record<string, readonly string[]>;

export type PatternKey = (typeof PATTERN_KEYS)[number];
export const KEYS: readonly string[] = [...PATTERN_KEYS, ...Object.keys(WORDS)];

export const COMPARISONS = ['<=', '>=', '<', '>', '='] as const;
export type Comparison = (typeof COMPARISONS)[number];

export type Where =
  | { type: 'and' | 'or'; operands: readonly Where[] }
  | { type: 'not'; operand: Where }
  | { type: 'pattern'; key: PatternKey; value: string }
  | { type: 'word'; key: WordKey; value: string }
  | { type: 'version'; comparison: Comparison; value: string };

/** `position`: in the text, in UTF-16 units from 0. */
export type WhereFault = { position: number; message: string };

/** Deeper than people write, and far from exhausting the stack. */
const MAX_DEPTH = 50;

type Token = { text: string; position: number };

/** Thrown and caught only in this file. */
class Fault extends Error {
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

/** The expression in `text`, or its fault and position. Never throws. */
export function parseWhere(text: string): { where: Where } | { fault: WhereFault } {
  try {
    if (text.length > WHERE_MAX_LENGTH)
      throw new Fault(WHERE_MAX_LENGTH, `it is longer than ${WHERE_MAX_LENGTH} characters`);
    return { where: parse(tokensOf(text), text.length) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { fault: { position: error.position, message: error.message } };
  }
}

const tokensOf = (text: string): Token[] =>
  [...text.matchAll(/[()]|[^\s()]+/g)].map((match) => ({ text: match[0], position: match.index }));

function parse(tokens: readonly Token[], end: number): Where {
  let next = 0;
  const peek = () => tokens[next]?.text;
  const position = () => tokens[next]?.position ?? end;

  const chain = (word: 'and' | 'or', depth: number, operand: (depth: number) => Where): Where => {
    const operands = [operand(depth)];
    while (peek() === word) {
      next += 1;
      operands.push(operand(depth));
    }
    const [only] = operands;
    return operands.length === 1 && only ? only : { type: word, operands };
  };
  const expression = (depth: number): Where => chain('or', depth, (inner) => chain('and', inner, factor));

  function factor(depth: number): Where {
    const at = position();
    const text = peek();
    if (depth > MAX_DEPTH) throw new Fault(at, `it is nested deeper than ${MAX_DEPTH}`);
    if (text === undefined) throw new Fault(at, 'a condition is missing here, such as tag:web');
    if (text === ')' || text === 'and' || text === 'or') throw new Fault(at, `a condition is missing before '${text}'`);
    next += 1;
    if (text === 'not') return { type: 'not', operand: factor(depth + 1) };
    if (text !== '(') return conditionOf(text, at);
    const inner = expression(depth + 1);
    if (peek() !== ')') throw new Fault(position(), `the '(' at ${at} needs a ')'`);
    next += 1;
    return inner;
  }

  const whole = expression(0);
  if (peek() === ')') throw new Fault(position(), "this ')' closes nothing");
  if (next < tokens.length) throw new Fault(position(), `'and' or 'or' is missing before '${peek()}'`);
  return whole;
}

const isPatternKey = (key: string): key is PatternKey => (PATTERN_KEYS as readonly string[]).includes(key);
const isWordKey = (key: string): key is WordKey => Object.hasOwn(WORDS, key);

function conditionOf(text: string, position: number): Where {
  if (text === 'online') return { type: 'word', key: 'online', value: 'true' };
  const match = /^([A-Za-z-]*)(:|[<>=]+)(.*)$/s.exec(text);
  if (!match)
    throw new Fault(position, `'${text}' is not a condition: write key:value, with a key of ${KEYS.join(', ')}`);
  const [, key = '', operator = '', value = ''] = match;
  const valueAt = position + key.length + operator.length;
  if (!isPatternKey(key) && !isWordKey(key))
    throw new Fault(position, `'${key}' is not a key: it takes ${KEYS.join(', ')}`);
  if (value === '') throw new Fault(valueAt, `'${key}${operator}' needs a value`);
  if (operator !== ':') return versionCondition({ key, operator, value, position, valueAt });
  if (isPatternKey(key)) return { type: 'pattern', key, value };
  const words: readonly string[] = WORDS[key];
  if (!words.includes(value)) throw new Fault(valueAt, `${key} takes ${words.join(', ')}, not '${value}'`);
  return { type: 'word', key, value };
}

type VersionText = { key: string; operator: string; value: string; position: number; valueAt: number };

function versionCondition({ key, operator, value, position, valueAt }: VersionText): Where {
  if (key !== 'version')
    throw new Fault(position + key.length, `only version takes '${operator}'; write ${key}:${value}`);
  const comparison = COMPARISONS.find((known) => known === operator);
  if (!comparison) throw new Fault(position + key.length, `'${operator}' is not one of ${COMPARISONS.join(' ')}`);
  if (!/^\d{1,9}(\.\d{1,9}){0,3}$/.test(value))
    throw new Fault(valueAt, `version takes a number such as 0.3, not '${value}'`);
  return { type: 'version', comparison, value };
}

/** The expression in its canonical form, which `parseWhere` reads back to the same. */
export function whereText(where: Where): string {
  switch (where.type) {
    case 'and':
    case 'or':
      return where.operands
        .map((operand) =>
          operand.type === 'and' || operand.type === 'or' ? `(${whereText(operand)})` : whereText(operand),
        )
        .join(` ${where.type} `);
    case 'not': {
      const { operand } = where;
      const text = whereText(operand);
      return operand.type === 'and' || operand.type === 'or' ? `not (${text})` : `not ${text}`;
    }
    case 'version':
      return `version${where.comparison}${where.value}`;
    case 'word':
    case 'pattern':
      return `${where.key}:${where.value}`;
  }
}

/** Whether it asks for a host's state, which depends on the host's last command. */
export function asksState(where: Where): boolean {
  switch (where.type) {
    case 'and':
    case 'or':
      return where.operands.some(asksState);
    case 'not':
      return asksState(where.operand);
    default:
      return where.type === 'word' && where.key === 'state';
  }
}
