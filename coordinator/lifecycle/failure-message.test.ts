import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failedUnitsMessage, failureMessage } from './failure-message.ts';

const failed = (name: string) => ({ name, exitCode: 1, durationMs: 1 });

const MESSAGES: [names: string[], line: string | null, message: string][] = [
  [[], null, 'Exited with status 1'],
  [[], 'error: no disk', 'Exited with status 1: error: no disk'],
  [['dns.sh'], null, 'Exited with status 1; failed tests: dns.sh'],
  [['dns.sh'], 'no answer', 'Exited with status 1; failed tests: dns.sh: no answer'],
  [['dns.sh'], 'dns.sh: no answer', 'Exited with status 1; failed tests: dns.sh: no answer'],
  [['dns.sh', 'web.sh'], 'dns.sh: no answer', 'Exited with status 1; failed tests: dns.sh, web.sh: dns.sh: no answer'],
];

for (const [names, text, message] of MESSAGES)
  test(`${names.join(', ') || 'no test'} failed, and the line is ${text}`, () => {
    const evidence = { tests: names.map(failed), ...(text && { errorLine: { text, offset: 0 } }) };
    assert.is(failureMessage({ exitCode: 1, evidence }), message);
  });

test('units that failed are named by the host, else by the line of its activation', () => {
  const errorLine = { text: 'warning: the following units failed: nginx.service', offset: 0 };
  const active = 'The configuration is active, but units failed';
  assert.is(failedUnitsMessage({ failedUnits: ['a.service'], errorLine }), `${active}: a.service`);
  assert.is(failedUnitsMessage({ failedUnits: [], errorLine }), `${active} to start; ${errorLine.text}`);
  assert.is(failedUnitsMessage(null), `${active} to start`);
});

test.run();
