import { type Static, type TObject, type TSchema, Type } from 'typebox';
import { RolloutRequest } from '../../shared/model/rollout.ts';
import { DAYS } from '../../shared/model/window.ts';
import { Name, OneOf } from '../../shared/schema.ts';
import { NotifyTables } from './notify-schema.ts';
import { OidcKeys } from './oidc.ts';

/** The keys of CONFIG. docs/configuration.md is generated from their descriptions and defaults. */

const milliseconds = (minimum: number, description: string, more: object = {}) =>
  Type.Integer({ minimum, maximum: 366 * 24 * 3_600_000, description, ...more });
const days = (description: string, more: object) => Type.Integer({ minimum: 1, maximum: 36_500, description, ...more });

const strict = <Keys extends Record<string, TSchema>>(keys: Keys) => Type.Object(keys, { additionalProperties: false });

/** `[ops.NAME]`: the defaults are the op's own. */
export const OpKeys = strict({
  warningMs: Type.Optional(
    milliseconds(1, 'From the accept of a command to the warning that it takes long; not above `timeoutMs`'),
  ),
  timeoutMs: Type.Optional(milliseconds(1, 'From its accept to its timeout, when a person is asked')),
  reconnectMs: Type.Optional(
    milliseconds(1, 'From its exit to the return of the agent, for ops that restart it or reboot the host'),
  ),
  postCheckMs: Type.Optional(milliseconds(1, 'From its exit to a report that shows what it did')),
  killGraceMs: Type.Optional(milliseconds(0, 'From SIGTERM to SIGKILL in a kill')),
  notAfterMs: Type.Optional(milliseconds(1, 'How long a dispatched command may wait for the host to accept it')),
  onTimeout: Type.Optional(
    OneOf(['ask', 'kill'], {
      description: 'What a timeout does if no person answers: go on asking, or kill after `decisionMs`',
    }),
  ),
  decisionMs: Type.Optional(milliseconds(0, 'How long a person has to answer before `onTimeout = "kill"` acts')),
});

export const TargetKeys = strict({
  repoUrl: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Remote of the configuration repository, as git takes it, without a password, token or query',
    }),
  ),
  versionUrl: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'Address of a `version.json`, in place of `repoUrl`, if the coordinator can’t reach the repository',
    }),
  ),
  credentialsFile: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'File with the credentials of `repoUrl`: `https://USER:TOKEN@HOST`, one per line, as in `git credential-store`',
    }),
  ),
  headersFile: Type.Optional(
    Type.String({ minLength: 1, description: 'File with request headers for `versionUrl`, one per line' }),
  ),
  branch: Type.Optional(Type.String({ minLength: 1, description: 'Branch that hosts should be at', default: 'main' })),
  flakeDir: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Folder of the flake in the repository, with its `flake.lock`; the root if absent',
    }),
  ),
  pollMs: Type.Optional(milliseconds(100, 'Time from one look at it to the next', { default: 30_000 })),
});

export const LimitsKeys = strict({
  outputBytes: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 2 ** 40,
      description: 'Output kept per command, in bytes; the rest is dropped, and the command says so',
      default: 64 * 1024 * 1024,
    }),
  ),
  hosts: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      description: 'Most hosts that may be registered',
      default: 200_000,
    }),
  ),
  queuedPerHost: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 10_000,
      description: 'Most commands that may wait for one host',
      default: 100,
    }),
  ),
});

export const RetentionKeys = strict({
  commandDays: Type.Optional(days('How long ended commands and their output are kept', { default: 30 })),
  eventDays: Type.Optional(days('How long events of category `system` are kept', { default: 7 })),
  auditDays: Type.Optional(days('How long events of category `audit` are kept', { default: 365 })),
});

export const DashboardKeys = strict({
  origins: Type.Optional(
    Type.Array(Type.String({ pattern: '^https?://[^/?#@]+$' }), {
      description:
        'Origins beside the coordinator’s own whose pages may sign in and follow the live feed: `https://fleet.example.com`',
      default: [],
    }),
  ),
});

export const AccessKeys = strict({
  stepUp: Type.Optional(
    Type.Array(Name, {
      maxItems: 100,
      description: 'Ops that need a step-up. Removing hosts, rotating tokens, and making or removing tokens always do',
      default: [],
    }),
  ),
  stepUpMs: Type.Optional(milliseconds(1_000, 'How long a step-up of a session lasts', { default: 300_000 })),
  publicUrl: Type.Optional(
    Type.String({
      maxLength: 2_000,
      description: 'Where people reach the coordinator, for links in messages: `https://fleet.example.com`',
    }),
  ),
  twoPeople: Type.Optional(
    Type.Boolean({
      description:
        'Whether a rollout that waits for an approval needs one from a person other than its maker, never from a token',
      default: false,
    }),
  ),
  trustedProxies: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), {
      maxItems: 100,
      description: 'Addresses and ranges (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` names the client',
      default: [],
    }),
  ),
});

/** `[windows.NAME]`. Only `tags` has a default. */
export const WindowKeys = strict({
  days: Type.Array(OneOf(DAYS), {
    minItems: 1,
    uniqueItems: true,
    description: 'Days on which it opens: `"mon"` to `"sun"`',
  }),
  from: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'When it opens, `HH:MM`' }),
  to: Type.String({
    pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
    description: 'When it closes, `HH:MM`; on the day after if that is before `from`',
  }),
  timezone: Type.String({ minLength: 1, maxLength: 64, description: 'Time zone of both, such as `Europe/Berlin`' }),
  tags: Type.Optional(
    Type.Array(Name, {
      minItems: 1,
      maxItems: 64,
      description: 'Binds hosts with one of these tags; all hosts if absent',
    }),
  ),
});

/** `[policies.NAME]` */
export const PolicyKeys = strict({
  on: Type.Optional(OneOf(['target'], { description: 'Start a rollout for each new commit of the target' })),
  cron: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'In place of `on`: start one at these times, a cron pattern of five fields',
    }),
  ),
  timezone: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'Time zone of `cron`, such as `Europe/Berlin`' }),
  ),
  rollout: Type.Object(RolloutRequest.properties, {
    additionalProperties: false,
    description: 'The rollout, as the body of `POST /api/rollouts`',
  }),
});

export const ConfigSchema = strict({
  ops: Type.Optional(Type.Record(Type.String(), OpKeys)),
  target: Type.Optional(TargetKeys),
  limits: Type.Optional(LimitsKeys),
  retention: Type.Optional(RetentionKeys),
  dashboard: Type.Optional(DashboardKeys),
  access: Type.Optional(AccessKeys),
  windows: Type.Optional(Type.Record(Type.String(), WindowKeys)),
  policies: Type.Optional(Type.Record(Type.String(), PolicyKeys)),
  notify: Type.Optional(NotifyTables),
  oidc: Type.Optional(OidcKeys),
});

type Filled<Keys extends TObject> = Required<Static<Keys>>;

/** A table of the file, with defaults for its missing keys. Keys without a default stay as they are. */
export function withDefaults<Keys extends TObject>(keys: Keys, given: Static<Keys> | undefined): Filled<Keys> {
  const defaults = Object.entries(keys.properties).flatMap(([key, schema]) =>
    'default' in schema ? [[key, schema.default] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...given } as Filled<Keys>;
}
