import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { builtinOp, customOp } from '../../shared/ops.ts';
import { Name, OneOf } from '../../shared/schema.ts';
import { tomlReader } from '../../shared/toml.ts';
import { lineOfKey } from '../../shared/toml-line.ts';
import { isAddressRange } from './client-address.ts';
import { type OpThresholds, thresholdsFrom } from './thresholds.ts';

const Milliseconds = (minimum: number) => Type.Integer({ minimum, maximum: 366 * 24 * 3_600_000 });
const Days = Type.Integer({ minimum: 1, maximum: 36_500 });
const Text = Type.String({ minLength: 1 });

const Op = Type.Object(
  {
    warningMs: Type.Optional(Milliseconds(1)),
    timeoutMs: Type.Optional(Milliseconds(1)),
    reconnectMs: Type.Optional(Milliseconds(1)),
    postCheckMs: Type.Optional(Milliseconds(1)),
    killGraceMs: Type.Optional(Milliseconds(0)),
    notAfterMs: Type.Optional(Milliseconds(1)),
    onTimeout: Type.Optional(OneOf(['ask', 'kill'])),
    decisionMs: Type.Optional(Milliseconds(0)),
  },
  { additionalProperties: false },
);

const FileSchema = Type.Object(
  {
    ops: Type.Optional(Type.Record(Type.String(), Op)),
    target: Type.Optional(
      Type.Object(
        {
          repoUrl: Type.Optional(Text),
          versionUrl: Type.Optional(Type.String({ pattern: '^https?://' })),
          branch: Type.Optional(Text),
          pollMs: Type.Optional(Milliseconds(100)),
        },
        { additionalProperties: false },
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          outputBytes: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 40 })),
          hosts: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
          queuedPerHost: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
        },
        { additionalProperties: false },
      ),
    ),
    retention: Type.Optional(
      Type.Object(
        { commandDays: Type.Optional(Days), eventDays: Type.Optional(Days) },
        { additionalProperties: false },
      ),
    ),
    dashboard: Type.Optional(
      Type.Object(
        { origins: Type.Optional(Type.Array(Type.String({ pattern: '^https?://[^/?#@]+$' }))) },
        { additionalProperties: false },
      ),
    ),
    access: Type.Optional(
      Type.Object(
        { trustedProxies: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100 })) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

/** Where the fleet's wanted state is read: a branch of a git remote, or a version.json. */
export type TargetSource = ({ kind: 'repo'; url: string } | { kind: 'version'; url: string }) & {
  branch: string;
  pollMs: number;
};

/** All that CONFIG can say (docs/protocol.md section 1), with a value where it says nothing. */
export type FileConfig = {
  ops: OpThresholds;
  target: TargetSource | null;
  limits: { outputBytes: number; hosts: number; queuedPerHost: number };
  retention: { commandDays: number; eventDays: number };
  dashboard: { origins: readonly string[] };
  /** `trustedProxies`: whose `X-Forwarded-For` counts. */
  access: { trustedProxies: readonly string[] };
};

export type FileReading = { kind: 'value'; value: FileConfig } | { kind: 'fault'; fault: string; line?: number | null };

const read = tomlReader(FileSchema);
const name = Compile(Name);

/** Reads the text of a CONFIG; an empty one gives the defaults. */
export function readConfigFile(text: string): FileReading {
  const file = read(text);
  if (file.kind === 'fault') return file;
  const { ops = {}, target, limits, retention, dashboard, access } = file.value;
  const fault = faultOf(file.value);
  if (fault) return { kind: 'fault', fault: fault.fault, line: lineOfKey(text, fault.keys) };
  return {
    kind: 'value',
    value: {
      ops,
      target: target ? targetOf(target) : null,
      limits: { outputBytes: 64 * 1024 * 1024, hosts: 20_000, queuedPerHost: 100, ...limits },
      retention: { commandDays: 30, eventDays: 7, ...retention },
      dashboard: { origins: [], ...dashboard },
      access: { trustedProxies: [], ...access },
    },
  };
}

type File = Static<typeof FileSchema>;

/** What a schema cannot say. */
function faultOf({ ops = {}, target, access }: File): { keys: string[]; fault: string } | null {
  for (const [id, given] of Object.entries(ops)) {
    const keys = ['ops', id];
    if (!name.Check(id)) return { keys, fault: `ops.${JSON.stringify(id)}: this is no name for an op` };
    const { warningMs, timeoutMs } = thresholdsFrom(ops)(builtinOp(id) ?? customOp(id, 'exit'));
    if (warningMs !== null && timeoutMs !== null && warningMs > timeoutMs)
      return {
        keys: [...keys, 'warningMs'],
        fault: `ops.${id}.warningMs: must not be above timeoutMs (${timeoutMs}${given.timeoutMs ? '' : ' by default'})`,
      };
  }
  if (target && (target.repoUrl === undefined) === (target.versionUrl === undefined))
    return { keys: ['target'], fault: 'target: takes either repoUrl or versionUrl' };
  const noRange = access?.trustedProxies?.find((range) => !isAddressRange(range));
  if (noRange !== undefined)
    return {
      keys: ['access', 'trustedProxies'],
      fault: `access.trustedProxies: takes addresses and ranges such as "10.0.0.0/8", not ${JSON.stringify(noRange)}`,
    };
  return null;
}

function targetOf({
  repoUrl,
  versionUrl,
  branch = 'main',
  pollMs = 30_000,
}: NonNullable<File['target']>): TargetSource {
  return repoUrl === undefined
    ? { kind: 'version', url: versionUrl ?? '', branch, pollMs }
    : { kind: 'repo', url: repoUrl, branch, pollMs };
}
