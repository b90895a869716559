import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RolloutRequest } from '../../shared/model/rollout.ts';
import { builtinOp } from '../../shared/ops/ops.ts';
import { parseWhere } from '../../shared/where/where.ts';
import { readConfigFile } from '../config/config-file.ts';

const PAGE = readFileSync(new URL('../../docs/rollouts.md', import.meta.url), 'utf8');
const plans = [...PAGE.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']): unknown => JSON.parse(text));

test('the API takes each plan of docs/rollouts.md', () => {
  assert.is(plans.length, 4);
  const shape = Compile(RolloutRequest);
  for (const plan of plans) {
    assert.ok(shape.Check(plan), JSON.stringify(plan));
    const { steps, where } = plan as RolloutRequest;
    for (const { op } of steps) assert.ok(builtinOp(op), op);
    if (where !== undefined) assert.ok('where' in parseWhere(where), where);
  }
});

test('the coordinator takes each CONFIG of docs/rollouts.md', () => {
  const configs = [...PAGE.matchAll(/```toml\n(.*?)```/gs)].map(([, text = '']) => text);
  assert.is(configs.length, 3);
  // The page's policies use its first window.
  const [window = ''] = configs;
  for (const text of configs) {
    const whole = text.includes('[windows.night]') ? text : `${window}\n${text}`;
    const reading = readConfigFile(whole);
    assert.is(reading.kind === 'fault' ? reading.fault : null, null, text);
  }
});

test.run();
