import { Value } from 'typebox/value';
import type { Completion } from '../../shared/ops/op-definition.ts';
import { builtinOp, customOp } from '../../shared/ops/ops.ts';
import { type Feature, featuresMissing } from '../../shared/wire/features.ts';
import type { OpsFileOps } from '../config/ops-file.ts';
import type { CommandContext, Plan, Platform, Refusal, Step } from '../spool/platform.ts';
import { type Fault, faultStep } from './step/fault.ts';
import type { Self } from './step/step-program.ts';
import { missingTool } from './step/tool.ts';

/** How one built-in op is done on a kind of host. */
export type OpPlan = {
  /** Programs that its steps start beside their argv[0]. */
  tools?: readonly string[];
  /** Its steps, or why it can't be done here and now. Changes nothing. */
  steps(context: CommandContext, options: Options): Promise<readonly Step[] | Fault>;
};

/** As the op's schema accepts them. */
export type Options = Readonly<Record<string, unknown>>;

/** By the op's id; only ops that this host can run. */
export type OpPlans = Readonly<Record<string, OpPlan>>;

type PlannedPlatformDeps = Pick<Platform, 'name' | 'evidence' | 'facts'> & {
  /** Absent: no features. */
  features?: readonly Feature[];
  /** The ops whose options count for now, if not all of them. */
  heeded?(): readonly Feature[];
  plans: OpPlans;
  opsFile: OpsFileOps;
  self: Self;
  /** PATH as the steps will have it. */
  path: string;
};

/**
 * A platform made of one plan per op. An op of OPS_FILE replaces the built-in one. An obstacle to an op is reported by a failing
 * step, so that people read it in the command's output; only commands that should never have been sent are refused.
 */
export function createPlannedPlatform(deps: PlannedPlatformDeps): Platform {
  const { plans, opsFile, self, path, features = [], heeded = () => features } = deps;
  const ops = new Map<string, { completion: Completion; plan: OpPlan }>();
  for (const [id, plan] of Object.entries(plans)) ops.set(id, { completion: completionOf(id), plan });
  for (const [id, op] of Object.entries(opsFile))
    ops.set(id, { completion: op.completion ?? completionOf(id), plan: planOfFile(id, op) });

  return {
    name: deps.name,
    features,
    ops: () => [...ops].map(([id, { completion }]) => ({ id, completion })),
    async plan(id, options, context): Promise<Plan | Refusal> {
      const op = ops.get(id);
      if (!op) return { code: 'unknown_op', message: `this host cannot run ${id}` };
      // The steps of OPS_FILE read none.
      const known = Object.hasOwn(opsFile, id) ? undefined : builtinOp(id);
      const { options: schema } = known ?? customOp(id, op.completion);
      if (!Value.Check(schema, options) || featuresMissing(id, options, heeded()).length > 0)
        return { code: 'invalid_options', message: `${id} does not take these options` };

      const outcome = await op.plan.steps(context, options);
      const fault = 'message' in outcome ? outcome : missingTool(toolsOf(op.plan, outcome), path);
      const steps = fault ? [faultStep(self, fault)] : (outcome as readonly Step[]);
      return { steps, completion: op.completion };
    },
    evidence: deps.evidence,
    facts: deps.facts,
  };
}

const completionOf = (id: string): Completion => builtinOp(id)?.completion ?? 'exit';

const toolsOf = (plan: OpPlan, steps: readonly Step[]): Set<string> =>
  new Set([...(plan.tools ?? []), ...steps.map((step) => step.argv[0])]);

/** The steps of an op of OPS_FILE, unchanged. The last one of an op that replaces an activating op counts as the activation. */
function planOfFile(id: string, op: OpsFileOps[string]): OpPlan {
  const activating = (op.activates ?? builtinOp(id)?.activates) ? op.steps.length - 1 : null;
  const steps = op.steps.map((argv, index): Step => {
    const phase = op.steps.length === 1 ? 'run' : `step ${index + 1} of ${op.steps.length}`;
    const [program = '', ...args] = argv;
    return {
      phase,
      argv: [program, ...args],
      ...(op.cwd !== undefined && { cwd: op.cwd }),
      ...(index === activating && { activates: true }),
    };
  });
  return { steps: async () => steps };
}
