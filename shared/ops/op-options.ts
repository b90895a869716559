import { Type } from 'typebox';
import { CommitId, OneOf, Path, Uuid } from '../schema.ts';
import { CONFIRM_MS, GUARD_MODES, KEEPS } from './guard.ts';

export const SIGNALS = ['SIGTERM', 'SIGKILL'] as const;
export type KillSignal = (typeof SIGNALS)[number];

/** For a guarded activation (docs/protocol.md section 7). */
export const guardOptions = {
  guard: Type.Optional(OneOf(GUARD_MODES)),
  confirmMs: Type.Optional(Type.Integer({ minimum: CONFIRM_MS.least, maximum: CONFIRM_MS.most })),
  keep: Type.Optional(OneOf(KEEPS)),
};

/** For ops that take one commit in place of the branch's newest (docs/protocol.md section 6). */
export const commitOptions = {
  commit: Type.Optional(CommitId),
  allowOlder: Type.Optional(Type.Boolean()),
};

/** For a switch to exactly the previewed system: it fails before it activates any other. */
export const previewedOptions = { builtPath: Type.Optional(Path) };

/** Takes exactly these options. */
export const closed = <Fields extends Parameters<typeof Type.Object>[0]>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false });

export const GcOptions = closed({
  keepGenerations: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  olderThanDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 36_500 })),
});

/** A grace over an hour is a typing error; in that case leave the process alone. */
const Grace = Type.Integer({ minimum: 0, maximum: 3_600_000 });

export const KillOptions = closed({
  signal: Type.Optional(OneOf(SIGNALS)),
  graceMs: Type.Optional(Grace),
  force: Type.Optional(Type.Boolean()),
  commandId: Type.Optional(Uuid),
});

export const CancelOptions = closed({ commandId: Type.Optional(Uuid) });
