import { Compile, type Validator } from 'typebox/compile';
import type { Completion, OpDefinition, Thresholds } from '../../shared/ops/op-definition.ts';
import { customOp, OPS, opOnHost } from '../../shared/ops/ops.ts';
import type { HostEntry, Roster } from '../hosts/roster.ts';

/** The ops that can be dispatched: the table's own, and those that only hosts know (OPS_FILE), with CONFIG's thresholds. */
export type OpCatalog = {
  all(): OpDefinition[];
  find(id: string): OpDefinition | undefined;
  /** As this host runs it; undefined if neither the table nor the host knows it. */
  onHost(id: string, host: HostEntry): OpDefinition | undefined;
  /** The fault of the options; null if there is none. */
  faultOf(op: OpDefinition, options: unknown): string | null;
};

export type OpCatalogDeps = {
  roster: Pick<Roster, 'all'>;
  /** The table's thresholds, overridden by CONFIG. */
  thresholdsOf: (op: OpDefinition) => Thresholds;
};

const CUSTOM = customOp('', 'exit');
const BUILTIN: ReadonlyMap<string, OpDefinition> = new Map(OPS.map((op) => [op.id, op]));

/** Compiled when an op is first dispatched. */
const validators = new Map<string, Validator>();

/** Accepts the options of an op in the table, or those of any op that only hosts know. */
function optionsOf(id: string): Validator {
  const { id: name, options } = BUILTIN.get(id) ?? CUSTOM;
  const validator = validators.get(name) ?? Compile(options);
  validators.set(name, validator);
  return validator;
}

export function createOpCatalog({ roster, thresholdsOf }: OpCatalogDeps): OpCatalog {
  const configured = (op: OpDefinition): OpDefinition => ({ ...op, thresholds: thresholdsOf(op) });

  const advertised = (): Map<string, Completion> => {
    const found = new Map<string, Completion>();
    for (const host of roster.all()) for (const { id, completion } of host.known?.ops ?? []) found.set(id, completion);
    return found;
  };
  /** A host's own op, as the first host that knows it defines it. */
  const ownOp = (id: string): OpDefinition | undefined => {
    for (const { known } of roster.all()) {
      const op = known?.ops.find((own) => own.id === id);
      if (op) return customOp(id, op.completion);
    }
    return undefined;
  };
  const find = (id: string): OpDefinition | undefined => {
    const op = BUILTIN.get(id) ?? ownOp(id);
    return op && configured(op);
  };

  return {
    all: () => [
      ...OPS.map(configured),
      ...[...advertised()]
        .filter(([id]) => !BUILTIN.has(id))
        .map(([id, completion]) => configured(customOp(id, completion))),
    ],
    find,
    onHost(id, host) {
      const completion = host.known?.ops.find((op) => op.id === id)?.completion;
      const op = opOnHost(id, completion) ?? find(id);
      return op && configured(op);
    },
    faultOf(op, options) {
      const validator = optionsOf(op.id);
      if (validator.Check(options)) return null;
      const [fault] = validator.Errors(options);
      return fault ? `options${fault.instancePath} ${fault.message}` : 'options do not fit the op';
    },
  };
}
