import { randomUUID } from 'node:crypto';
import { sampleHello } from '../../coordinator/fixtures/fake-agent.ts';
import { sampleReport } from '../../coordinator/lifecycle/fixtures/sample.ts';
import { encodeOutput } from '../../shared/wire/codec.ts';
import { AGENT_FRAMES, MAX_FRAME_BYTES } from '../../shared/wire/protocol.ts';
import type { Random } from '../harness/random.ts';

/** Frames that a hostile host may send: true ones, with something wrong in some field. */

export type HostileFrame = { kind: string; data: string | Uint8Array };

type Payload = Record<string, unknown>;

/** Stands for nested arrays, far deeper than this process could serialize itself. */
const ABYSS = '<abyss>';

/** Ids that mean something here: the host's own commands, another host's, and nobody's. */
export type Ids = () => readonly string[];

export function createHostileFrames(random: Random, ids: Ids): () => HostileFrame {
  const id = () => (random.chance(0.2) ? randomUUID() : random.pick([...ids(), randomUUID()]));

  const truthful: Readonly<Record<string, () => Payload>> = {
    hello: () => ({
      ...sampleHello(),
      commands: [{ id: id(), op: 'pull', state: 'running', startedAt: Date.now(), outputBytes: random.below(1e9) }],
    }),
    heartbeat: () => ({
      seq: random.below(1e6),
      report: sampleReport({ sampledAt: Date.now() }),
      metrics: { cpuPercent: 1, memoryPercent: 2, swapPercent: 0, load1: 1, diskPercent: 3 },
    }),
    'command.accepted': () => ({ id: id() }),
    'command.started': () => ({ id: id(), pid: random.below(1e6), startedAt: Date.now() }),
    'command.rejected': () => ({ id: id(), code: random.pick(['busy', 'not_started', 'expired']), message: 'no' }),
    'command.progress': () => ({ id: id(), phase: 'build', current: 1, total: 2, text: 'x' }),
    'command.killing': () => ({
      id: id(),
      stage: random.pick(['term', 'dead', 'failed']),
      survivors: 0,
      at: Date.now(),
    }),
    'command.exited': () => ({
      id: id(),
      exitCode: random.below(256),
      signal: null,
      lost: random.chance(0.1),
      startedAt: Date.now(),
      endedAt: Date.now(),
      outputBytes: random.below(1e9),
      evidence: { failedUnits: ['a.service'], tests: [{ name: 't', exitCode: 0, durationMs: 1 }] },
    }),
  };

  const deep = (depth: number): unknown => {
    let value: unknown = 'x';
    for (let level = 0; level < depth; level += 1) value = random.chance(0.5) ? [value] : { a: value };
    return value;
  };

  const poisons: readonly (() => unknown)[] = [
    () => deep(random.below(300)),
    () => ABYSS,
    () => Object.fromEntries(Array.from({ length: random.below(5000) }, (_, n) => [`k${n}`, n])),
    () => Array.from({ length: random.below(20_000) }, () => 0),
    () => 'A'.repeat(random.below(MAX_FRAME_BYTES)),
    () => '\u202e\u001b]0;x\u0007\u0000\ud800<script>`$(id)`',
    () => ({ __proto__: null, constructor: { prototype: { polluted: true } }, toString: 1, toJSON: 'x' }),
    () => random.pick([null, true, -1, 1e308, Number.MAX_SAFE_INTEGER + 2, 0.5, '', [], {}]),
  ];

  /** Puts a poison at a random place: in a field, in place of the payload, or beside the fields. */
  function poison(payload: Payload): unknown {
    if (random.chance(0.03)) return random.pick(poisons)();
    const copy = structuredClone(payload);
    let at: Payload = copy;
    for (;;) {
      const inner = Object.values(at).filter((value) => typeof value === 'object' && value !== null);
      if (inner.length === 0 || random.chance(0.5)) break;
      at = random.pick(inner) as Payload;
    }
    const keys = Object.keys(at);
    const key =
      keys.length === 0 || random.chance(0.3) ? random.pick(['more', '__proto__', 'toJSON', 'id']) : random.pick(keys);
    Object.defineProperty(at, key, {
      value: random.pick(poisons)(),
      enumerable: true,
      configurable: true,
      writable: true,
    });
    return copy;
  }

  const text = (): HostileFrame => {
    const type = random.pick(Object.keys(AGENT_FRAMES));
    const make = truthful[type];
    if (!make) throw new Error(`no truthful ${type}: add one here`);
    const payload = random.chance(0.2) ? make() : poison(make());
    const written = JSON.stringify({ type, payload, ...(random.chance(0.1) && { more: deep(50) }) });
    const depth = random.below(100_000);
    return { kind: type, data: written.replaceAll(JSON.stringify(ABYSS), '['.repeat(depth) + ']'.repeat(depth)) };
  };

  const others: readonly (() => HostileFrame)[] = [
    () => ({ kind: 'broken JSON', data: text().data.slice(0, random.below(200)) }),
    () => ({ kind: 'deep JSON', data: `${'['.repeat(random.below(400_000))}` }),
    () => ({
      kind: 'unknown type',
      data: JSON.stringify({ type: random.pick(['x', '__proto__', 'toString']), payload: deep(90) }),
    }),
    () => ({ kind: 'short bytes', data: new Uint8Array(random.below(30)) }),
    () => ({
      kind: 'output',
      data: encodeOutput({
        commandId: id(),
        offset: random.pick([0, 1, 65_536, 2 ** 40, Number.MAX_SAFE_INTEGER - 100_000]),
        bytes: new Uint8Array(random.below(64_000)),
      }),
    }),
  ];

  return () => (random.chance(0.8) ? text() : random.pick(others)());
}
