import { type Static, Type } from 'typebox';
import { Command, HistoryEntry } from '../model/command.ts';
import { Dispatch } from '../model/dispatch.ts';
import { ARRIVALS } from '../model/output-arrival.ts';
import { COMPLETIONS } from '../ops/op-definition.ts';
import { Count, Duration, Name, Nullable, OneOf, Time, Uuid } from '../schema.ts';
import { ERRORS } from './errors.ts';

/** Answers of the HTTP API (docs/protocol.md section 3) that combine nouns of model/. */

/** One page of a list; `next` is the cursor of the following page, null on the last one. */
export type ListPage<Item, Cursor = string> = { items: Item[]; next: Cursor | null };

/** The body of every refusal (RFC 9457); `errors` only for schema faults. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Enum(Object.keys(ERRORS)),
  detail: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  /** In a `where`: the fault's position, in UTF-16 units from 0. */
  position: Type.Optional(Count),
  /** With `standby`: the leader's address, if known. */
  leader: Type.Optional(Nullable(Type.String())),
});
export type Problem = Static<typeof Problem>;

/** A command with every change of its status. */
export const CommandView = Type.Object({ ...Command.properties, history: Type.Array(HistoryEntry) });
export type CommandView = Static<typeof CommandView>;

/** A dispatch's answer and its commands as they are now; a long list continues at `next`, without the results. */
export const DispatchView = Type.Object({
  ...Dispatch.properties,
  commands: Type.Array(Command),
  next: Nullable(Uuid),
});
export type DispatchView = Static<typeof DispatchView>;

/** An op as people see it; `timeouts` as configured in CONFIG. */
export const OpView = Type.Object({
  id: Type.String(),
  description: Type.String(),
  executor: OneOf(['agent', 'coordinator']),
  completion: Nullable(OneOf(COMPLETIONS)),
  takesSlot: Type.Boolean(),
  retryable: Type.Boolean(),
  timeouts: Type.Object({
    warningMs: Nullable(Duration),
    timeoutMs: Nullable(Duration),
    reconnectMs: Nullable(Duration),
    postCheckMs: Duration,
    killGraceMs: Duration,
    notAfterMs: Duration,
    onTimeout: OneOf(['ask', 'kill']),
    decisionMs: Duration,
  }),
  /** A JSON schema of the options that a dispatch may give. */
  options: Type.Unsafe<object>({ type: 'object' }),
});
export type OpView = Static<typeof OpView>;

/** The only answer that shows a host's token. */
export const HostToken = Type.Object({ hostId: Uuid, name: Name, token: Type.String() });
export type HostToken = Static<typeof HostToken>;

/** A host's new token. */
export const NewToken = Type.Object({ token: Type.String() });
export type NewToken = Static<typeof NewToken>;

export const ARRIVAL_WORDS =
  'Whether more will come. `growing`: the command has not ended; `arriving`: its host is sending the rest; `away`: its host has the rest and is offline; `whole`: all is held; `cut`: no more was kept; `lost`: the rest cannot come any more';

const Holding = {
  bytes: Type.Integer({ ...Count, description: 'Bytes held in all' }),
  total: Type.Integer({ ...Count, description: 'Bytes known to exist' }),
  arrival: Type.Unsafe<(typeof ARRIVALS)[number]>({ ...OneOf(ARRIVALS), description: ARRIVAL_WORDS }),
};

/** Matches in an output; `next` is the byte to continue from. */
export const OutputMatchesView = Type.Object({
  matches: Type.Array(Type.Object({ offset: Count, line: Count, text: Type.String() })),
  next: Nullable(Count),
  ...Holding,
});
export type OutputMatchesView = Static<typeof OutputMatchesView>;

/** The number of lines of an output, and the offset and time of some of them. */
export const OutputIndexView = Type.Object({
  ...Holding,
  lines: Count,
  marks: Type.Array(Type.Object({ offset: Count, line: Count, at: Time })),
});
export type OutputIndexView = Static<typeof OutputIndexView>;
