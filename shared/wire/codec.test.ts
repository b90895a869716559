import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../model/report.ts';
import { decodeAgentFrame, decodeCoordinatorFrame, encodeAgentFrame, encodeFrame } from './codec.ts';
import {
  AGENT_FRAMES,
  type AgentFrame,
  COORDINATOR_FRAMES,
  type CommandExited,
  type CommandRejected,
  type Hello,
} from './protocol.ts';

const ID = '0190a000-0000-7000-8000-000000000001';

const REPORT: Report = {
  sampledAt: 1,
  afterCommand: null,
  running: null,
  freshness: { sourceCommit: null, storePath: null, binaryHash: null },
  installed: null,
  expectedCommit: null,
  repoCommit: null,
  generation: null,
  lockHash: null,
  systemPath: null,
  checks: { lock: { status: 'ok', message: 'fine', checkedAt: 1 } },
};
const METRICS = { cpuPercent: 1, memoryPercent: 1, swapPercent: null, load1: 1, diskPercent: 1 };
const HELLO: Hello = {
  protocol: 1,
  hostname: 'web1',
  platform: 'custom',
  os: { name: 'Debian', version: '12', arch: 'x64' },
  agentVersion: '1',
  stateId: 'state',
  instanceId: 'instance',
  bootId: 'boot',
  startedAt: 1,
  heartbeatIntervalMs: 5000,
  ops: [{ id: 'pull', completion: 'exit' }],
  tags: ['web'],
  report: REPORT,
  commands: [{ id: ID, op: 'pull', state: 'exited', startedAt: 1, outputBytes: 0 }],
};
const EXIT: CommandExited = {
  id: ID,
  exitCode: 0,
  signal: null,
  lost: false,
  startedAt: 1,
  endedAt: 2,
  outputBytes: 0,
  kill: { termAt: 1, killAt: null },
  evidence: {
    fetchedCommit: 'abc',
    tests: [{ name: 'a.sh', exitCode: 0, durationMs: 1 }],
    versions: { running: '1', installed: null },
  },
};
const RUNNING = { id: ID, op: 'pull', pid: 1, startedAt: 1, phase: 'fetch' };
const REJECTION: CommandRejected = { id: ID, code: 'busy', message: 'busy', running: RUNNING };
const FRAMES: AgentFrame[] = [
  { type: 'hello', payload: HELLO },
  { type: 'heartbeat', payload: { seq: 1, report: { ...REPORT, running: RUNNING }, metrics: METRICS } },
  { type: 'command.rejected', payload: REJECTION },
  { type: 'command.exited', payload: EXIT },
  { type: 'command.progress', payload: { id: ID, phase: 'build', current: 1, total: 2, text: 'one' } },
];

/** The accepted payload, and the places where it was cut. */
function taken(frame: { type: string; payload: unknown }) {
  const decoded = decodeAgentFrame(JSON.stringify(frame));
  if (decoded.kind !== 'frame') throw new Error(JSON.stringify(decoded));
  return { payload: decoded.frame.payload as never, cut: decoded.cut };
}
const withEvidence = (evidence: unknown) => ({ type: 'command.exited', payload: { ...EXIT, evidence } });

/** Every object in a frame, each in its own copy of the frame, which may be changed. */
function* objectsOf(
  frame: AgentFrame,
): Generator<{ copy: AgentFrame; object: Record<string, unknown>; place: string }> {
  const places = (value: unknown, place: string[]): string[][] =>
    typeof value === 'object' && value !== null
      ? [
          ...(Array.isArray(value) ? [] : [place]),
          ...Object.entries(value).flatMap(([key, one]) => places(one, [...place, key])),
        ]
      : [];
  for (const place of places(frame.payload, ['payload'])) {
    const copy = structuredClone(frame);
    const object = place.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], copy);
    yield { copy, object: object as Record<string, unknown>, place: place.join('/') };
  }
}

test('a frame is read as it was sent', () => {
  for (const frame of FRAMES) assert.equal(decodeAgentFrame(encodeFrame(frame)), { kind: 'frame', frame, cut: [] });
});

test('an unknown field is dropped at any place and depth', () => {
  const deep = `${'['.repeat(4_000)}${']'.repeat(4_000)}`;
  for (const frame of FRAMES)
    for (const { copy, object, place } of objectsOf(frame)) {
      object.unknown = 'DEEP';
      const text = JSON.stringify(copy).replace('"DEEP"', deep);
      assert.equal(decodeAgentFrame(text), { kind: 'frame', frame, cut: [] }, `${frame.type} ${place}`);
    }
});

test('an overlong text ends in "…" and holds no more memory; an overlong value of a fixed set counts as unknown', () => {
  const checks = { lock: { status: 'error', message: '🎉'.repeat(500_000), checkedAt: 1 } } as const;
  const report = { ...REPORT, repoCommit: 'c'.repeat(5_000), checks };
  const { payload, cut } = taken({ type: 'heartbeat', payload: { seq: 1, report, metrics: METRICS } });
  const message = `${'🎉'.repeat(999)}…`;
  const expected = { ...REPORT, repoCommit: null, checks: { lock: { ...checks.lock, message } } };
  assert.equal(payload, { seq: 1, report: expected, metrics: METRICS });
  assert.equal(cut, ['/report/repoCommit', '/report/checks/lock/message']);
});

test('an exit is accepted with any evidence, of which the fitting part stays', () => {
  const { evidence: _, ...bare } = EXIT;
  assert.equal(taken(withEvidence('none')).payload as CommandExited, bare);
  const builtPath = 'p'.repeat(5_000);
  const tooLong = taken(withEvidence({ ...EXIT.evidence, builtPath }));
  assert.equal([tooLong.payload, tooLong.cut], [EXIT, ['/evidence/builtPath']]);
  const wrong = taken(withEvidence({ ...EXIT.evidence, builtPath: 7, failedUnits: { nginx: true } }));
  assert.equal([wrong.payload, wrong.cut], [EXIT, ['/evidence']]);
  const { payload, cut } = taken(
    withEvidence({ failedUnits: Array.from({ length: 9_000 }, (_, n) => `unit-${n}.service`) }),
  );
  assert.is((payload as CommandExited).evidence?.failedUnits?.length, 250);
  assert.equal(cut, ['/evidence/failedUnits']);
  const wide = taken(withEvidence({ failedUnits: Array.from({ length: 250 }, () => '世'.repeat(255)) }));
  const kept = JSON.stringify((wide.payload as CommandExited).evidence);
  assert.ok(Buffer.byteLength(kept) <= 65 * 1024, `${kept.length} bytes`);
});

test('a rejection is accepted with anything beside its code', () => {
  const rejected = (change: object) => taken({ type: 'command.rejected', payload: { ...REJECTION, ...change } });
  assert.equal((rejected({ running: { op: 7 } }).payload as CommandRejected).code, 'busy');
  assert.is((rejected({ message: 'm'.repeat(5_000) }).payload as CommandRejected).message.length, 2_000);
});

test('a hello loses ops and tags that are not names or too many, but never commands', () => {
  const ops = ['pull', '$(touch /tmp/x)', 'a b', '\u001b[2J', ''].map((id) => ({ id, completion: 'exit' }));
  const { payload, cut } = taken({ type: 'hello', payload: { ...HELLO, ops, tags: ['web', '$(id)'] } });
  assert.equal([payload, cut], [HELLO, ['/ops', '/tags']]);
  const many = taken({ type: 'hello', payload: { ...HELLO, tags: Array.from({ length: 2_000 }, (_, n) => `t${n}`) } });
  assert.is((many.payload as Hello).tags.length, 100);
  const commands = [...HELLO.commands, { id: 'none' }];
  assert.is(decodeAgentFrame(JSON.stringify({ type: 'hello', payload: { ...HELLO, commands } })).kind, 'bad');
});

test('every string and list that an agent may send has a bound', () => {
  const unbounded = (schema: unknown, place: string): string[] => {
    if (typeof schema !== 'object' || schema === null) return [];
    const { type, enum: words, maxLength, pattern, maxItems, additionalProperties } = schema as Record<string, unknown>;
    const isBounded =
      (type !== 'string' || words !== undefined || maxLength !== undefined || pattern !== undefined) &&
      (type !== 'array' || maxItems !== undefined) &&
      typeof additionalProperties !== 'object';
    const inside = Object.entries(schema).flatMap(([key, part]) => unbounded(part, `${place}/${key}`));
    return isBounded ? inside : [place, ...inside];
  };
  // Commands in a hello are counted on arrival: none may be left out.
  assert.equal(unbounded(AGENT_FRAMES, ''), ['/hello/properties/commands']);
});

test('every frame of an agent fits when it leaves', () => {
  const word = 'w'.repeat(9_000);
  const text = `${word}🎉`;
  for (const frame of FRAMES)
    for (const { copy, object } of objectsOf(frame))
      for (const [key, value] of Object.entries(object)) {
        if (typeof value !== 'string' || key === 'id' || FIXED.has(key)) continue;
        object[key] = key === 'message' || key === 'text' ? text : word;
        const decoded = decodeAgentFrame(encodeAgentFrame(copy));
        if (decoded.kind !== 'frame') throw new Error(`${frame.type}/${key}: ${JSON.stringify(decoded)}`);
        assert.equal(decoded.cut, [], `${frame.type}/${key}`);
        object[key] = value;
      }
});
/** Values of a fixed set, and values that the agent makes itself. */
const FIXED = new Set(['status', 'code', 'platform', 'state', 'completion', 'instanceId', 'bootId']);

test('an unknown type is not a bad frame', () => {
  assert.equal(decodeAgentFrame('{"type":"command.dreamt","payload":{}}'), { kind: 'unknown', type: 'command.dreamt' });
});

test('a bad frame is refused with the place of its fault', () => {
  const detailOf = (text: string): string => {
    const decoded = decodeAgentFrame(text);
    return decoded.kind === 'bad' ? decoded.detail : decoded.kind;
  };
  assert.is(detailOf('{'), 'not JSON');
  for (const text of ['null', '[]', '"hello"', '{}', '{"type":7}']) assert.match(detailOf(text), /a frame is/, text);
  assert.match(detailOf('{"type":"command.accepted"}'), /^command\.accepted: /);
  assert.match(detailOf('{"type":"command.accepted","payload":{"id":"no uuid"}}'), /^command\.accepted: \/id /);
  assert.match(detailOf(`{"type":"command.exited","payload":{"id":"${ID}"}}`), /^command\.exited: payload /);
});

test('the names of built-in properties are not frame types', () => {
  for (const type of ['constructor', '__proto__', 'toString'])
    assert.is(decodeAgentFrame(JSON.stringify({ type, payload: {} })).kind, 'unknown', type);
});

test("each side accepts only the other's frames", () => {
  for (const type of Object.keys(COORDINATOR_FRAMES)) assert.is(decodeAgentFrame(`{"type":"${type}"}`).kind, 'unknown');
  for (const type of Object.keys(AGENT_FRAMES)) assert.is(decodeCoordinatorFrame(`{"type":"${type}"}`).kind, 'unknown');
});

test('in a long list only so many misfit items are skipped, and a fault is searched for only so far', () => {
  const one = { name: 'a', exitCode: 0, durationMs: 1 };
  const testsAfter = (misfits: number) => {
    const tests = [...Array.from({ length: misfits }, () => 0), one];
    const decoded = decodeAgentFrame(
      JSON.stringify({ type: 'command.exited', payload: { ...EXIT, evidence: { tests } } }),
    );
    assert.is(decoded.kind, 'frame');
    return decoded.kind === 'frame' && 'evidence' in decoded.frame.payload && decoded.frame.payload.evidence?.tests;
  };
  assert.equal(testsAfter(1_000), [one]);
  assert.equal(testsAfter(100_000), []);

  const [held] = HELLO.commands;
  const faultAt = (place: number) => {
    const commands = [...Array.from({ length: place }, () => held), {}];
    const decoded = decodeAgentFrame(JSON.stringify({ type: 'hello', payload: { ...HELLO, commands } }));
    return decoded.kind === 'bad' ? decoded.detail : '';
  };
  assert.match(faultAt(999), 'hello: /commands/999 must have');
  assert.is(faultAt(1_000), 'hello: payload does not fit its schema');
});

test.run();
