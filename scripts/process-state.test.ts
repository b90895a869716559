import childProcess from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { watchProcess } from './process-state.ts';

const cwd = process.cwd();
const umask = process.umask();
const { spawn } = childProcess;
const { now } = Date;
const { random } = Math;
const onSignal = () => {};

/** Each changes its part, and changes it back. */
const CHANGES: [part: string, change: () => unknown, restore: () => unknown][] = [
  ['its working folder', () => process.chdir('/'), () => process.chdir(cwd)],
  ['its umask', () => process.umask(0o123), () => process.umask(umask)],
  ['its environment', () => Object.assign(process.env, { SOME_NEW: '1' }), () => delete process.env.SOME_NEW],
  ['its answers to signals', () => process.on('SIGTERM', onSignal), () => process.off('SIGTERM', onSignal)],
  ['its globals', () => Object.assign(globalThis, { some: 1 }), () => Reflect.deleteProperty(globalThis, 'some')],
  ['its clock, timers or chance', () => Object.assign(Date, { now: () => 1 }), () => Object.assign(Date, { now })],
  [
    'its clock, timers or chance',
    () => Object.assign(Math, { random: () => 1 }),
    () => Object.assign(Math, { random }),
  ],
  [
    "functions of Node's",
    () => Object.assign(childProcess, { spawn: () => 1 }),
    () => Object.assign(childProcess, { spawn }),
  ],
];

for (const [part, change, restore] of CHANGES)
  test(`${part}: told while it is another (${change})`, () => {
    const changed = watchProcess();
    assert.equal(changed(), []);
    change();
    try {
      assert.equal(changed(), [part]);
    } finally {
      restore();
    }
    assert.equal(changed(), []);
  });

test.run();
