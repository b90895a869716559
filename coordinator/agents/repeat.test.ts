import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive } from '../../shared/model/command.ts';
import type { Report } from '../../shared/model/report.ts';
import { decodeAgentFrame, encodeAgentFrame, encodeFrame } from '../../shared/wire/codec.ts';
import type { Heartbeat } from '../../shared/wire/protocol.ts';
import { accept, exit, withRig } from '../fixtures/agent-side.ts';
import { createRig } from '../fixtures/rig.ts';
import { sampleReport } from '../lifecycle/fixtures/sample.ts';
import { repeatIn } from './repeat.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const time = fc.nat(9_999);
const percent = fc.constantFrom(0, 41.5, 100, null);

const reports: fc.Arbitrary<Report> = fc
  .record(
    {
      repoCommit: fc.option(text),
      generation: fc.option(fc.nat(3)),
      checks: fc.record({ lock: fc.record({ status: fc.constant('ok' as const), message: text, checkedAt: time }) }),
      failedUnits: fc.option(fc.record({ names: fc.array(text, { maxLength: 2 }), sampledAt: time })),
      rebootNeeded: fc.option(fc.boolean()),
    },
    { requiredKeys: [] },
  )
  .map((parts) => sampleReport(parts));

const metrics = fc.record(
  { cpuPercent: percent, memoryPercent: percent, swapPercent: percent, load1: percent, diskPercent: percent },
  { noNullPrototype: true },
);

const encoded = (payload: Heartbeat): string => encodeFrame({ type: 'heartbeat', payload });

/** Pieces that a hostile host may put anywhere into a frame. */
const PIECES = [
  ...['}', '{', '"', ',', '\\', ' ', '0', '1', '-', 'e9', 'x', '[', ']', 'null', '\u2028'],
  ...['}}', '},', ',"report":{"sampledAt":5}', '},"metrics":{', '"x":1,', ',"x":1', ',"seq":1', '"running":null,'],
  ...[',"type":"hello"', '}}{"type":"heartbeat"}', '"sampledAt":7,', '"cpuPercent":-1,', ',"__proto__":{}'],
];

const edits = fc.array(
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(2), put: fc.constantFrom('', ...PIECES) }),
  { maxLength: 2 },
);

const edited = (frame: string, changes: readonly { at: number; cut: number; put: string }[]): string =>
  changes.reduce((now, { at, cut, put }) => {
    const place = Math.floor(at * now.length);
    return now.slice(0, place) + put + now.slice(place + cut);
  }, frame);

/** Whether the frame is read as a repeat; throws unless the codec then reads the same. */
function isRepeat(frame: string, held: Report): boolean {
  const repeat = repeatIn(frame, held);
  if (!repeat) return false;
  const decoded = decodeAgentFrame(frame);
  if (decoded.kind !== 'frame' || decoded.frame.type !== 'heartbeat') throw new Error(`${decoded.kind}: ${frame}`);
  const { report, metrics } = decoded.frame.payload;
  const { sampledAt } = repeat;
  assert.equal(
    { report, metrics, cut: decoded.cut },
    { report: { ...held, sampledAt }, metrics: repeat.metrics, cut: [] },
    frame,
  );
  return true;
}

test('what is read as a repeat is what the codec reads', () => {
  let repeats = 0;
  void fc.assert(
    fc.property(reports, reports, fc.boolean(), time, metrics, edits, (first, second, isOther, at, said, changes) => {
      const held = JSON.parse(JSON.stringify(first)) as Report;
      const report = { ...(isOther ? second : first), sampledAt: at };
      if (isRepeat(edited(encoded({ seq: 1, report, metrics: said }), changes), held)) repeats += 1;
    }),
    { numRuns: 3_000 },
  );
  assert.ok(repeats > 100, `${repeats} repeats`);
});

test('each single edit of a repeat is seen, or the codec reads it too', () => {
  const held = sampleReport();
  const said = { cpuPercent: 1.5, memoryPercent: null, swapPercent: 0, load1: 0, diskPercent: 1 };
  const frame = encoded({ seq: 12, report: { ...held, sampledAt: 34 }, metrics: said });
  for (let at = 0; at <= frame.length; at += 1)
    for (const put of ['', ...PIECES])
      for (const cut of [0, 1]) isRepeat(frame.slice(0, at) + put + frame.slice(at + cut), held);
});

test('the next heartbeat of an agent whose host has not changed is a repeat', () => {
  void fc.assert(
    fc.property(reports, time, metrics, (report, at, said) => {
      const first = decodeAgentFrame(
        encodeAgentFrame({ type: 'heartbeat', payload: { seq: 1, report, metrics: said } }),
      );
      if (first.kind !== 'frame' || first.frame.type !== 'heartbeat') throw new Error(`it is ${first.kind}`);
      const payload = { seq: 2, report: { ...report, sampledAt: at }, metrics: said };
      const next = encodeAgentFrame({ type: 'heartbeat', payload });
      assert.equal(repeatIn(next, first.frame.payload.report), { sampledAt: at, metrics: said });
    }),
  );
});

test('a host is seen alike whether its repeats are read as such or decoded', () => {
  const worlds = [true, false].map((takesRepeats) => {
    const rig = createRig();
    const session = rig.connect(rig.addHost('web1'));
    const told: unknown[] = [];
    rig.feed.subscribe((changes) => void told.push(...changes));
    let repeats = 0;
    const beat = (payload: Heartbeat): void => {
      if (takesRepeats && rig.intake.repeat(session, encoded(payload))) repeats += 1;
      else void rig.intake.frame(session, { type: 'heartbeat', payload });
      rig.turn();
    };
    return { rig, told, beat, repeats: () => repeats };
  });
  void fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(1, 2), metrics), { maxLength: 8 }), (beats) => {
      for (const { rig, beat } of worlds)
        for (const [generation, said] of beats) {
          rig.clock.advance(1_000);
          beat({ seq: 1, report: sampleReport({ sampledAt: rig.clock.now(), generation }), metrics: { ...said } });
        }
      const [one, other] = worlds.map(({ rig, told }) => {
        const { id: _, createdAt: __, ...host } = rig.views.all()[0] as ReturnType<typeof rig.views.all>[number];
        return { host, heartbeats: rig.intake.traffic.heartbeats, changes: told.length };
      });
      assert.equal(one, other);
    }),
  );
  assert.ok((worlds[0]?.repeats() ?? 0) > 100);
  for (const { rig } of worlds) rig.close();
});

test(
  'a report that is kept elsewhere does not change with the next heartbeat',
  withRig((rig) => {
    const kept: unknown[] = [];
    rig.feed.subscribe((changes) => void kept.push(...changes));
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('pull', 'web1');
    accept(rig, session, id);
    exit(rig, session, id);
    rig.heartbeat(session, { afterCommand: id });
    const { status, before, after } = rig.command(id);
    assert.ok(!isActive(status) && before && after);
    kept.push(rig.views.all()[0], rig.roster.snapshot(session.hostId));
    const then = JSON.stringify(kept);
    const report = sampleReport({ afterCommand: id, sampledAt: 99_999 });
    const said = { cpuPercent: 2, memoryPercent: 2, swapPercent: 2, load1: 2, diskPercent: 2 };
    rig.roster.heartbeat(session.hostId, { seq: 2, report, metrics: said });
    assert.is(rig.roster.snapshot(session.hostId).report?.sampledAt, 99_999);
    assert.is(JSON.stringify(kept), then);
  }),
);

test.run();
