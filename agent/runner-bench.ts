import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../shared/clock.ts';
import { newCommandId, newId } from '../shared/ids.ts';
import type { Completion } from '../shared/ops.ts';
import type { AgentFrame, CommandExited, CommandRun } from '../shared/protocol.ts';
import { STATE_VARIABLE } from './command-environment.ts';
import { processLauncher } from './launcher.ts';
import type { Step } from './platform.ts';
import { createDummy } from './platforms/dummy.ts';
import { openProcessTable } from './process-table.ts';
import { createRunner, type Runner } from './runner.ts';
import { openStateDir, type StateDir } from './state-dir.ts';

/** A runner on real processes for tests: ops are shell scripts, a step each; frames are gathered instead of sent. */
export type Bench = {
  readonly dir: string;
  readonly state: StateDir;
  readonly frames: AgentFrame[];
  readonly restarts: string[];
  /** What was logged as an error. */
  readonly errors: unknown[];
  runner: Runner;
  /** What was sent of a command's output, by offset. */
  output(id: string): Buffer;
  run(
    scripts: readonly string[],
    options?: Partial<CommandRun> & { completion?: Completion; phases?: string[] },
  ): string;
  /** The agent crashes and another instance of it starts. */
  reopen(change?: Partial<Parameters<typeof createRunner>[0]>): Promise<void>;
  /** As `reopen`, where the agent that was hangs and would not close. */
  crash(change?: Partial<Parameters<typeof createRunner>[0]>): Promise<void>;
  frame<Type extends AgentFrame['type']>(
    id: string,
    type: Type,
  ): Promise<Extract<AgentFrame, { type: Type }>['payload']>;
  exited(id: string): Promise<CommandExited>;
  /** Live processes of the state folder. */
  processes(): Promise<number[]>;
  spooled(id: string, file: string): string;
  close(): Promise<void>;
};

export const table = openProcessTable();

/** Polls a condition on the real world; fails after `withinMs`. */
export async function until<Value>(
  what: string | (() => string),
  probe: () => Value | Promise<Value>,
  withinMs = 15_000,
): Promise<NonNullable<Value>> {
  const deadline = systemClock.monotonic() + withinMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (systemClock.monotonic() > deadline)
      throw new Error(`waited ${withinMs} ms for ${typeof what === 'string' ? what : what()}`);
    await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 10));
  }
}

export async function openBench(
  given: Partial<Parameters<typeof createRunner>[0]> = {},
  dir = mkdtempSync(join(tmpdir(), 'switchyard-runner-')),
): Promise<Bench> {
  const plans: Record<string, { steps: Step[]; completion: Completion }> = {};
  const frames: AgentFrame[] = [];
  const restarts: string[] = [];
  const crashed: Runner[] = [];
  const errors: unknown[] = [];
  const chunks = new Map<string, Buffer>();
  const opening = await openStateDir({ path: join(dir, 'state'), runtimeDirs: [join(dir, 'runtime')] });
  if (opening.kind !== 'opened') throw new Error(opening.fault);
  const { state } = opening;

  const start = async (change: Partial<Parameters<typeof createRunner>[0]> = {}) => {
    const runner = await createRunner({
      state,
      platform: createDummy(plans),
      launcher: processLauncher,
      table,
      clock: systemClock,
      serverNow: systemClock.now,
      instanceId: newId(),
      bootId: 'boot-1',
      environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      send: (frame) => frames.push(frame),
      sendOutput({ commandId, offset, bytes }) {
        const held = chunks.get(commandId) ?? Buffer.alloc(0);
        if (offset > held.length) throw new Error('a gap in the output');
        chunks.set(commandId, Buffer.concat([held.subarray(0, offset), bytes]));
        queueMicrotask(() => bench.runner?.ackOutput(commandId, offset + bytes.length));
      },
      onRestartDue: (id) => restarts.push(id),
      log: { debug() {}, info() {}, warn() {}, error: (fields: unknown) => errors.push(fields) },
      ...given,
      ...change,
    });
    const output = (await runner.commands()).map(({ id }) => ({ id, offset: chunks.get(id)?.length ?? 0 }));
    runner.resume({ hostId: newId(), serverTime: 0, output, finished: [] });
    return runner;
  };

  const bench: Bench = {
    dir,
    state,
    frames,
    restarts,
    errors,
    runner: undefined as unknown as Runner,
    output: (id) => chunks.get(id) ?? Buffer.alloc(0),
    run(scripts, { completion = 'exit', phases = [], ...frame } = {}) {
      const id = frame.id ?? newCommandId();
      const op = frame.op ?? `op-${id}`;
      const steps = scripts.map((script, index): Step => {
        return { phase: phases[index] ?? `step-${index}`, argv: ['/bin/bash', '-c', script] };
      });
      plans[op] ??= { steps, completion };
      const notAfter = systemClock.now() + 60_000;
      bench.runner.run({ options: {}, killGraceMs: 1000, notAfter, ...frame, id, op });
      return id;
    },
    async reopen(change) {
      await bench.runner.close();
      bench.runner = await start(change);
    },
    async crash(change) {
      crashed.push(bench.runner);
      bench.runner = await start(change);
    },
    frame: (id, type) =>
      until(
        () => `${type} of ${id} among ${JSON.stringify(frames)}`,
        () => {
          const found = frames.find((frame) => frame.type === type && 'id' in frame.payload && frame.payload.id === id);
          return found?.payload as never;
        },
      ),
    exited: (id) => bench.frame(id, 'command.exited'),
    async processes() {
      const live = (await table.list()).filter(({ zombie }) => !zombie);
      return live.map(({ pid }) => pid).filter((pid) => table.variable(pid, STATE_VARIABLE) === state.tag);
    },
    spooled: (id, file) => readFileSync(join(state.spoolDir, id, file), 'utf8'),
    async close() {
      for (const hung of crashed) void hung.close();
      await bench.runner.close();
      state.close();
      for (const entry of await table.list())
        if (table.variable(entry.pid, STATE_VARIABLE) === state.tag) table.signal(entry, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
  bench.runner = await start();
  return bench;
}
