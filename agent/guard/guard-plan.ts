import { dirname, join } from 'node:path';
import { type Static, Type } from 'typebox';
import { GUARD_CAUSES } from '../../shared/guard.ts';

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const Nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

/** Everything that a guard and later agents need about one activation; kept in STATE_DIR until it has ended. */
export const GuardPlan = Type.Object({
  /** Names its unit and folder. The command's id or the state's tag would let others find and end it. */
  token: Text,
  commandId: Text,
  /** Its folder, see guard-folder.ts. */
  dir: Text,
  /** Store paths of the system active before, and of the one to activate. */
  old: Text,
  new: Text,
  /** The link that leads to the active system. */
  current: Text,
  profile: Text,
  /** The profile's target when the guard was armed. */
  profileBefore: Nullable(Text),
  /** The boot default then; null if unknown. */
  bootBefore: Nullable(Text),
  /** Arguments of `nix-env --profile PROFILE` to keep, and to put the profile back (null if it led nowhere). */
  set: Type.Array(Text),
  back: Nullable(Type.Array(Text)),
  bootId: Text,
  agentUnit: Nullable(Text),
  /** An undo kills the command's unit, or without one the process group of its wrapper. */
  commandUnit: Nullable(Text),
  commandGroup: Count,
  /** The process that activates. */
  step: Type.Object({ pid: Count, start: Text }),
  confirmMs: Count,
  holdMs: Count,
  /** Limit of one activation, also of the one that undoes. */
  activationMs: Count,
  reboots: Type.Boolean(),
  /** Of the programs that the guard starts. */
  environment: Type.Record(Type.String(), Type.String()),
  /** Roots that keep both systems from the garbage collector. */
  roots: Type.Array(Text),
  armedAt: Count,
});
export type GuardPlan = Static<typeof GuardPlan>;

/** Absolute paths of the programs that the guard uses. */
export const GUARD_TOOLS = ['sh', 'ln', 'mv', 'readlink', 'rm', 'sleep', 'sync', 'nix-env', 'systemctl'] as const;
export type GuardTool = (typeof GUARD_TOOLS)[number];
export type GuardTools = Readonly<Record<GuardTool, string>>;

/** The words that `decision` may be linked to: what to do, and the cause. */
export const WORDS = {
  keep: 'keep keep',
  undo: 'undo undo',
  deadline: 'undo deadline',
  activation: 'undo activation',
  /** The activation was refused before it changed anything. */
  disarm: 'disarm disarm',
  /** The host has since booted the old system. */
  reboot: 'back reboot',
} as const;
export type Word = keyof typeof WORDS;

export const isCause = (word: string): word is (typeof GUARD_CAUSES)[number] =>
  (GUARD_CAUSES as readonly string[]).includes(word);

/** How long a sign that only the coordinator is away counts. */
const STAMP_FRESH_MS = 90_000;

/** Files that an interrupted switch-to-configuration leaves beside the link to the active system (docs/guard.md, Where nixpkgs was read). */
const TRACES = [
  'switch-to-configuration.lock',
  'start-list',
  'restart-list',
  'reload-list',
  'activation-restart-list',
  'activation-reload-list',
];

const hundredths = (ms: number): string => String(Math.ceil(ms / 10));

/** The settings that guard-script.ts reads, as sh assignments. */
export function guardSettings(plan: GuardPlan, tools: GuardTools): string {
  const restart = plan.agentUnit === null ? '' : `${tools.systemctl} restart ${plan.agentUnit}`;
  const settings: Readonly<Record<string, string>> = {
    ...Object.fromEntries(GUARD_TOOLS.map((tool) => [tool.replace('-', '_'), tools[tool]])),
    old: plan.old,
    new: plan.new,
    current: plan.current,
    profile: plan.profile,
    set: plan.set.join(' '),
    back: plan.back?.join(' ') ?? '',
    agent_unit: plan.agentUnit ?? '',
    agent_restart: restart,
    command_unit: plan.commandUnit ?? '',
    command_group: String(plan.commandGroup),
    step: String(plan.step.pid),
    step_start: plan.step.start,
    confirm: hundredths(plan.confirmMs),
    hold: hundredths(plan.holdMs),
    activation_limit: hundredths(plan.activationMs),
    fresh: hundredths(STAMP_FRESH_MS),
    reboots: plan.reboots ? '1' : '0',
    roots: plan.roots.join(' '),
    traces: TRACES.map((name) => join(dirname(plan.current), 'nixos', name)).join(' '),
  };
  const exported = { ...plan.environment, NIXOS_NO_CHECK: '1', LC_ALL: 'C' };
  return [
    ...Object.entries(settings).map(([name, value]) => `${name}=${quote(value)}`),
    ...Object.entries(exported).map(([name, value]) => `export ${name}=${quote(value)}`),
    '',
  ].join('\n');
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
