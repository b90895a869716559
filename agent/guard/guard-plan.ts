import { type Static, Type } from 'typebox';
import { GUARD_CAUSES } from '../../shared/ops/guard.ts';
import { OneOf } from '../../shared/schema.ts';

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const Nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

/** Kinds of systems whose activations can be guarded. */
export const GUARDED_KINDS = ['nixos', 'nix-darwin'] as const;
export type GuardedKind = (typeof GUARDED_KINDS)[number];

/**
 * A system's programs with their arguments. `activate` leaves the profile alone; `makeDefault` writes the boot loader. nix-darwin has no
 * boot loader: its next boot starts the profile's target.
 */
export const SYSTEM_PROGRAMS: Readonly<Record<GuardedKind, { activate: string[]; makeDefault: string[] | null }>> = {
  nixos: { activate: ['bin/switch-to-configuration', 'test'], makeDefault: ['bin/switch-to-configuration', 'boot'] },
  'nix-darwin': { activate: ['activate'], makeDefault: null },
};

/**
 * All that a guard and later agents need to know about one activation. It stays in STATE_DIR until the activation has ended. The new
 * system's agent may be another version than the one that wrote it, so fields added later are optional.
 */
export const GuardPlan = Type.Object({
  /** Names the guard's unit and folder. The command's id or the state's tag would let others find and end it. */
  token: Text,
  commandId: Text,
  /** The guard's folder; see guard-folder.ts. */
  dir: Text,
  /** Store paths of the system active before and of the one to activate. */
  old: Text,
  new: Text,
  /** The link that leads to the active system. */
  current: Text,
  profile: Text,
  /** The profile's target when the guard was armed. */
  profileBefore: Nullable(Text),
  /** The boot default then; null if unknown. */
  bootBefore: Nullable(Text),
  /** Arguments of `nix-env --profile PROFILE`: `set` for a keep, `back` to restore the profile (null if it led nowhere). */
  set: Type.Array(Text),
  back: Nullable(Type.Array(Text)),
  bootId: Text,
  agentUnit: Nullable(Text),
  /** An undo kills the command's unit; without one, its wrapper's process group. */
  commandUnit: Nullable(Text),
  commandGroup: Count,
  /** The activating process. */
  step: Type.Object({ pid: Count, start: Text }),
  confirmMs: Count,
  holdMs: Count,
  /** Limit of one activation, including the undo's. */
  activationMs: Count,
  reboots: Type.Boolean(),
  /** The environment of the guard's programs. */
  environment: Type.Record(Type.String(), Type.String()),
  /** Roots that keep both systems from the garbage collector. */
  roots: Type.Array(Text),
  armedAt: Count,
  /** NixOS if absent. */
  kind: Type.Optional(OneOf(GUARDED_KINDS)),
  /** False on hosts without /proc: there the guard uses date and ps. */
  hasProc: Type.Optional(Type.Boolean()),
});
export type GuardPlan = Static<typeof GuardPlan>;

/** Words that `decision` may link to: the act and its cause. */
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
