import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { builtinOp } from '../../shared/ops.ts';
import { RolloutRequest } from '../../shared/rollout.ts';
import { parseWhere } from '../../shared/where.ts';

const PAGE = readFileSync(new URL('../../docs/rollouts.md', import.meta.url), 'utf8');
const plans = [...PAGE.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']): unknown => JSON.parse(text));

test('each plan of docs/rollouts.md is one that the API takes', () => {
  assert.is(plans.length, 4);
  const shape = Compile(RolloutRequest);
  for (const plan of plans) {
    assert.ok(shape.Check(plan), JSON.stringify(plan));
    const { steps, where } = plan as RolloutRequest;
    for (const { op } of steps) assert.ok(builtinOp(op), op);
    if (where !== undefined) assert.ok('where' in parseWhere(where), where);
  }
});

test.run();
