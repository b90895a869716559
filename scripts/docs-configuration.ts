import type { TObject, TSchema } from 'typebox';
import { ConfigSchema, OpKeys, PolicyKeys, WindowKeys } from '../coordinator/config/config-schema.ts';
import { NotifyKeys } from '../coordinator/config/notify-schema.ts';
import type { Thresholds } from '../shared/ops/op-definition.ts';
import { customOp, OPS } from '../shared/ops/ops.ts';

/** The sections of docs/configuration.md generated from the schema of CONFIG and the table of ops. */

type Keyed = TSchema & {
  description?: string;
  default?: unknown;
  type?: string;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
};

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list of texts',
  object: 'a table',
  boolean: '`true`, `false`',
};

/** A key's values, in words. */
function taken({ enum: words, type = '', minimum = 0, maximum = 0 }: Keyed): string {
  if (words) return words.map((word) => `\`"${word}"\``).join(', ');
  return type === 'integer' ? `${minimum} to ${maximum}` : (NAMES[type] ?? type);
}

/** One table of the file: its keys and their purpose. Throws if the schema does not say. */
export function tableOf(name: string, { properties }: TObject, ofOps: boolean): string {
  const rows = Object.entries(properties as Record<string, Keyed>).map(([key, schema]) => {
    if (!schema.description) throw new Error(`[${name}] ${key}: say what it is for in config-schema.ts`);
    const inDefault =
      schema.default === undefined ? (ofOps ? 'the op’s' : '') : `\`${JSON.stringify(schema.default)}\``;
    return `| \`${key}\` | ${schema.description}. | ${taken(schema)} | ${inDefault} |`;
  });
  return [`### \`[${name}]\``, '', '| key | purpose | takes | default |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

/** Tables with one entry per name. */
const NAMED: Readonly<Record<string, TObject>> = {
  ops: OpKeys,
  windows: WindowKeys,
  policies: PolicyKeys,
};

/** A table, then each list of tables among its keys. */
function tablesOf(name: string, { properties }: TObject): string[] {
  const keys = Object.entries(properties as Record<string, TSchema & { items?: TObject }>);
  const lists = keys.flatMap(([key, { items }]) => (items?.properties ? [{ key, items }] : []));
  const own = keys.filter(([key]) => !lists.some((list) => list.key === key));
  return [
    tableOf(name, { properties: Object.fromEntries(own) } as TObject, false),
    ...lists.map(({ key, items }) => tableOf(`[${name}.${key}]`, items, false)),
  ];
}

/** Every table and key of CONFIG. */
export const configurationKeys = (): string =>
  Object.entries(ConfigSchema.properties)
    .flatMap(([name, schema]) => {
      const named = NAMED[name];
      if (name === 'notify') return [tableOf('[notify]', NotifyKeys, false)];
      return named ? [tableOf(`${name}.NAME`, named, name === 'ops')] : tablesOf(name, schema as unknown as TObject);
    })
    .join('\n\n');

const UNITS = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** 90_000 as `90 s`: in the largest unit that gives a whole number. */
function spanOf(ms: number | null): string {
  if (ms === null) return '–';
  const [size, unit] = UNITS.find(([size]) => ms % size === 0 && ms > 0) ?? [1, 'ms'];
  return `${ms / size} ${unit}`;
}

const COLUMNS = [
  'warningMs',
  'timeoutMs',
  'reconnectMs',
  'postCheckMs',
  'killGraceMs',
  'notAfterMs',
  'decisionMs',
] as const;

/** Each op's values if CONFIG does not set them. */
export function opThresholds(): string {
  const row = (name: string, thresholds: Thresholds) =>
    `| ${name} | ${COLUMNS.map((column) => spanOf(thresholds[column])).join(' | ')} |`;
  return [
    `| op | ${COLUMNS.map((column) => `\`${column}\``).join(' | ')} |`,
    `| --- |${' --- |'.repeat(COLUMNS.length)}`,
    ...OPS.map(({ id, thresholds }) => row(`\`${id}\``, thresholds)),
    row('of `OPS_FILE`', customOp('any', 'restart').thresholds),
  ].join('\n');
}
