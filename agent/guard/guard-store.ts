import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { readText, syncPath, writeDurably } from '../../shared/durable-file.ts';
import { GuardEnd } from '../../shared/guard.ts';
import { GuardPlan } from './guard-plan.ts';

/**
 * What of guards stands in STATE_DIR.
 *
 * D1  `plan` is durable before anything is armed, and goes when the end is durable: what stands here with a plan is not settled.
 * D2  One plan at a time: a second activation is not armed while there is one.
 */
export type GuardStore = {
  plan(): Promise<GuardPlan | null>;
  savePlan(plan: GuardPlan): Promise<void>;
  /** How the last guard ended. */
  end(): Promise<GuardEnd | null>;
  /** Makes `end` the last one, unless null, and forgets the plan. */
  settle(end: GuardEnd | null): Promise<void>;
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
  return {
    plan: () => readJson(planFile, GuardPlan),
    savePlan: (plan) => save(planFile, plan),
    end: () => readJson(endFile, GuardEnd),
    async settle(end) {
      if (end) await save(endFile, end);
      await rm(planFile, { force: true });
    },
  };
}

/** Null where there is none, or one that an agent of another version wrote in another form. */
async function readJson<Schema extends TSchema>(file: string, schema: Schema): Promise<Static<Schema> | null> {
  try {
    const value: unknown = JSON.parse((await readText(file)) ?? 'null');
    return Value.Check(schema, value) ? (value as Static<Schema>) : null;
  } catch {
    return null;
  }
}
