import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ATTENTION_KINDS } from '../../shared/model/attention.ts';
import { STATUSES } from '../../shared/model/command.ts';
import { COMPARTMENTS } from '../../shared/model/host.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';
import { sampleExit } from '../lifecycle/fixtures/sample.ts';
import { createDurations } from './durations.ts';
import { textOf } from './family.ts';
import { hostFamilies } from './hosts.ts';

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

let app: TestApp;
let text: string;
test.before(async () => {
  app = await startTestApp({
    config:
      '[[notify]]\nname = "ops"\nkind = "ntfy"\nurl = "http://127.0.0.1:1/topic"\n[[notify]]\nname = "watch"\nkind = "heartbeat"\nurl = "http://127.0.0.1:1/ping"',
  });
  const { token } = await app.addHost('web1');
  await app.addHost('never-seen');
  const agent = await app.connect(token);
  await app.dispatch({ op: 'check-version', hosts: ['web1'] });
  const { id } = await agent.next('command.run');
  agent.send('command.accepted', { id });
  agent.send('command.exited', sampleExit(id, { exitCode: 1 }));
  await agent.next('command.exited.ack');
  // Only a delivery has a time.
  const scraper = await app.request('POST', '/api/tokens', {
    body: { name: 'prometheus', grants: [{ role: 'viewer' }] },
  });
  const { token: own } = scraper.body as { token: string };
  text = (await app.request('GET', '/metrics', { token: own })).text;
});
test.after(() => app.close());

/** Families with their types. */
const families = (): Map<string, string> =>
  new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]));

const labelsOf = (name: string): Set<string> =>
  new Set(
    [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} `, 'gm'))].flatMap(([, labels = '']) =>
      [...labels.matchAll(/(\w+)=/g)].map(([, label = '']) => label),
    ),
  );

const has = (line: string): void => assert.ok(text.split('\n').includes(line), `${line}\n${text}`);

test('a viewer sees hosts, durations and receivers', () => {
  has('switchyard_host_online{host="web1"} 1');
  has('switchyard_host_online{host="never-seen"} 0');
  assert.match(text, /^switchyard_host_last_seen_timestamp_seconds\{host="web1"\} 1\d{9}\.?\d*$/m);
  assert.not.match(text, 'last_seen_timestamp_seconds{host="never-seen"}');
  has('switchyard_host_compartment{host="web1",compartment="git",status="unknown"} 1');
  has('switchyard_command_duration_seconds_bucket{op="check-version",outcome="ERROR",le="1"} 1');
  has('switchyard_command_duration_seconds_count{op="check-version",outcome="ERROR"} 1');
  has('switchyard_notify_waiting{receiver="ops"} 0');
  has('switchyard_attention{kind="lost"} 0');
});

test('the page lists each metric with its type and labels, and no other', () => {
  const rows = new Map(
    [...page('metrics.md').matchAll(/^\| `(switchyard_\w+)(?:\{([\w,]+)\})?` \| (\w+) \|/gm)].map(
      ([, name = '', labels = '', type = '']) => [name, { type, labels: labels.split(',').filter(Boolean) }],
    ),
  );
  const own = [...families()].filter(([name]) => name.startsWith('switchyard_'));
  assert.equal(own.map(([name]) => name).sort(), [...rows.keys()].sort());
  for (const [name, type] of own) {
    assert.is(rows.get(name)?.type, type, name);
    const labels = [...labelsOf(name)].filter((label) => label !== 'le');
    if (labels.length > 0) assert.equal(labels, rows.get(name)?.labels, name);
  }
});

test("the docs' alert rules name only existing metrics, labels and words", () => {
  const rules = page('alerts.yml');
  const alerts = [...rules.matchAll(/^ {6}- alert: (\w+)\n {8}expr: (?:>-\n)?([\s\S]*?)\n {8}for: \d+m\n/gm)];
  assert.is(alerts.length, rules.match(/- alert:/g)?.length, 'each has an expression and a time');
  const known = families();
  const words: Record<string, readonly string[]> = {
    kind: ATTENTION_KINDS,
    outcome: STATUSES,
    compartment: COMPARTMENTS,
  };
  for (const [, alert, expression = ''] of alerts) {
    const names = [...expression.matchAll(/\b(?:switchyard|process|nodejs)_\w+/g)].map(([name]) => name);
    assert.ok(names.length > 0 || /\bup\{/.test(expression), alert);
    for (const name of names) assert.ok(known.has(name.replace(/_bucket$/, '')), `${alert}: ${name}`);
    for (const [, name = '', matchers = ''] of expression.matchAll(/(switchyard_\w+)\{([^}]*)\}/g))
      for (const [, label = '', value = ''] of matchers.matchAll(/(\w+)[=!]~?"([^"]*)"/g)) {
        assert.ok(labelsOf(name.replace(/_bucket$/, '')).has(label), `${alert}: ${name} has no ${label}`);
        const asked = label === 'status' && name !== 'switchyard_host_compartment' ? STATUSES : words[label];
        for (const word of asked ? value.split('|') : [])
          assert.ok(asked?.includes(word as never), `${alert}: no ${label} is ${word}`);
      }
  }
});

test('a duration counts in the bucket of its length and in all larger ones', () => {
  const durations = createDurations();
  const ended = (ms: number, op = 'pull') =>
    durations.ended({ op, status: 'SUCCESS', acceptedAt: 1_000, finishedAt: 1_000 + ms });
  for (const ms of [0, 1_000, 1_001, 90_000, 10 * 3_600_000]) ended(ms);
  durations.ended({ op: 'pull', status: 'BLOCKED', acceptedAt: null, finishedAt: 5 });
  const lines = textOf([durations.family()]).split('\n');
  const bucket = (le: string) => lines.find((line) => line.includes(`le="${le}"`))?.replace(/.* /, '');
  assert.equal(['1', '5', '60', '120', '7200', '+Inf'].map(bucket), ['2', '3', '3', '4', '4', '5']);
  assert.ok(lines.includes('switchyard_command_duration_seconds_sum{op="pull",outcome="SUCCESS"} 36092.001'));
  assert.not.ok(lines.some((line) => line.includes('BLOCKED')));
  for (let number = 0; number < 100; number++) ended(1, `own-${number}`);
  const counts = textOf([durations.family()])
    .split('\n')
    .filter((line) => line.includes('_count'));
  assert.is(counts.length, 1 + 50 + 1);
  assert.ok(counts.includes('switchyard_command_duration_seconds_count{op="other",outcome="SUCCESS"} 50'));
});

test('hosts beyond the bound have no series and are counted', () => {
  const hosts = Array.from({ length: 8 }, (_, number) => ({ id: String(number), name: `h"${number}`, known: null }));
  const families = hostFamilies({
    roster: { all: () => hosts as never },
    sessions: { isOnline: () => false },
    views: { of: () => null, isPrepared: () => true },
    most: 5,
  });
  const lines = textOf(families).split('\n');
  assert.is(lines.filter((line) => line.startsWith('switchyard_host_online{')).length, 5);
  assert.ok(lines.includes('switchyard_host_online{host="h\\"4"} 0'));
  assert.ok(lines.includes('switchyard_hosts_without_series 3'));
});

test.run();
