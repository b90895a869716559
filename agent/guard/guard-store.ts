import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { readText, syncPath, writeDurably } from '../../shared/files/durable-file.ts';
import { GuardEnd } from '../../shared/ops/guard.ts';
import { GuardPlan } from './guard-plan.ts';

/**
 * The guards' files in STATE_DIR.
 *
 * D1  A plan is durable before anything is armed. It is deleted last, once its end is durable and its roots and folder are gone.
 * D2  One plan at a time: no second activation is armed while there is one, ended or not. The agent would take the second plan for the
 *     first, and delete it.
 */
export type GuardStore = {
  /** The plan of an activation that has not ended. */
  plan(): Promise<GuardPlan | null>;
  /** A plan with a durable end. Its roots or folder may remain. */
  overPlan(): Promise<GuardPlan | null>;
  savePlan(plan: GuardPlan): Promise<void>;
  /** How the last guard ended. */
  end(): Promise<GuardEnd | null>;
  saveEnd(end: GuardEnd): Promise<void>;
  forgetPlan(): Promise<void>;
};

export function guardStore(stateDir: string): GuardStore {
  const dir = join(stateDir, 'guard');
  const planFile = join(dir, 'plan.json');
  const endFile = join(dir, 'end.json');
  const save = async (file: string, value: object) => {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    await syncPath(stateDir);
    await writeDurably(file, JSON.stringify(value));
  };
  const readPlan = async (isOver: boolean) => {
    const plan = await readJson(planFile, GuardPlan);
    return plan && ((await readJson(endFile, GuardEnd))?.commandId === plan.commandId) === isOver ? plan : null;
  };
  return {
    plan: () => readPlan(false),
    overPlan: () => readPlan(true),
    savePlan: (plan) => save(planFile, plan),
    end: () => readJson(endFile, GuardEnd),
    saveEnd: (end) => save(endFile, end),
    async forgetPlan() {
      if ((await readText(planFile)) === null) return;
      await rm(planFile, { force: true });
      await syncPath(dir);
    },
  };
}

/** Null if the file is missing, or another version of the agent wrote it in another form. */
async function readJson<Schema extends TSchema>(file: string, schema: Schema): Promise<Static<Schema> | null> {
  try {
    const value: unknown = JSON.parse((await readText(file)) ?? 'null');
    return Value.Check(schema, value) ? (value as Static<Schema>) : null;
  } catch {
    return null;
  }
}
