import { type Static, Type } from 'typebox';
import { GUARD_CAUSES } from '../../shared/guard.ts';
import { OneOf } from '../../shared/schema.ts';

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const Nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

/** The kinds of systems whose activation can be guarded. */
export const GUARDED_KINDS = ['nixos', 'nix-darwin'] as const;
export type GuardedKind = (typeof GUARDED_KINDS)[number];

/**
 * The programs of a system, with their arguments: `activate` leaves the profile alone, `makeDefault` writes the boot loader. nix-darwin has
 * none: its next boot starts the profile's target.
 */
export const SYSTEM_PROGRAMS: Readonly<Record<GuardedKind, { activate: string[]; makeDefault: string[] | null }>> = {
  nixos: { activate: ['bin/switch-to-configuration', 'test'], makeDefault: ['bin/switch-to-configuration', 'boot'] },
  'nix-darwin': { activate: ['activate'], makeDefault: null },
};

/**
 * Everything that a guard and later agents need about one activation; kept in STATE_DIR until it has ended. The agent of the new system may
 * be another version than the one that wrote it, so later fields are optional.
 */
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
  /** NixOS if absent. */
  kind: Type.Optional(OneOf(GUARDED_KINDS)),
  /** False on hosts without /proc: the guard then reads times and processes by date and ps. */
  hasProc: Type.Optional(Type.Boolean()),
});
export type GuardPlan = Static<typeof GuardPlan>;

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
