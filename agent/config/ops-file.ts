import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { COMPLETIONS } from '../../shared/ops/op-definition.ts';
import { actsOnCommands } from '../../shared/ops/ops.ts';
import { Name, OneOf } from '../../shared/schema.ts';
import { type TomlReading, tomlReader } from '../../shared/settings/toml.ts';

/** A C string: anything else can't be an argument of a program. */
const Argument = Type.String({ pattern: '^[^\\u0000]*$' });

/** The content of a table `[ops.NAME]`. */
export const OpsFileOp = Type.Object(
  {
    /** Programs with their arguments, run in order until one fails. */
    steps: Type.Array(Type.Array(Argument, { minItems: 1 }), { minItems: 1 }),
    cwd: Type.Optional(Type.String({ pattern: '^/[^\\u0000]*$' })),
    completion: Type.Optional(OneOf(COMPLETIONS)),
    /** The last step activates a configuration, as nixos-rebuild does: on NixOS its exit 4 means that units failed. */
    activates: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

const OpsFile = Type.Object({ ops: Type.Record(Type.String(), OpsFileOp) }, { additionalProperties: false });

/** Ops that the host's owner adds or replaces (docs/protocol.md section 1, OPS_FILE), by name. */
export type OpsFileOps = Readonly<Record<string, Static<typeof OpsFileOp>>>;

const read = tomlReader(OpsFile);

/** Parses the text of an OPS_FILE. */
export function readOpsFile(text: string): TomlReading<OpsFileOps> {
  const file = read(text);
  if (file.kind === 'fault') return file;
  for (const [id, op] of Object.entries(file.value.ops)) {
    if (!Value.Check(Name, id))
      return { kind: 'fault', fault: `ops.${JSON.stringify(id)}: this is not a name for an op` };
    if (actsOnCommands(id))
      return { kind: 'fault', fault: `ops.${id}: this op belongs to the coordinator and cannot be replaced` };
    const nameless = op.steps.findIndex(([program]) => program === '');
    if (nameless !== -1) return { kind: 'fault', fault: `ops.${id}.steps[${nameless}][0]: must name a program` };
  }
  return { kind: 'value', value: file.value.ops };
}
