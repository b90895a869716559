import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { sleep, systemClock } from '../shared/time/clock.ts';
import { startAgent } from './agent.ts';
import { whenIdle } from './api.ts';
import { startChild } from './child.ts';
import { startHub } from './hub.ts';
import type { Bench } from './program.ts';

/** Two processes that carry a file from one to the other. */
export type Transfer = {
  senderPid: number;
  receiverPid: number;
  /** Sends the file; resolves to the ms from the first sent byte until the last one is durable. */
  send(path: string): Promise<number>;
  end(): Promise<void>;
};

export const OURS =
  'from the spool of the agent (dist/agent.js) until all of it is durable on the coordinator (dist/coordinator.js)';
export const FLOOR =
  'a bare ws client that sends the file as it reads it, and a bare ws server that writes the frames to a file and syncs it';

const LOOK_MS = 5;
/** Looks of the command at its gates, one every 50 ms: it outlives a failed program by no more. */
const GATE_LOOKS = 1_200;
/** Longer than any file here, so that nothing is cut off. */
const CONFIG = '[limits]\noutputBytes = 1000000000\n';

/**
 * A command prints the file while the agent is stopped (SIGSTOP), and then waits. Time begins when the whole file is in the spool
 * and the agent continues: so it measures the way from spool to coordinator, not the command.
 */
export async function startOurs(bench: Bench): Promise<Transfer> {
  const hub = await startHub(bench, CONFIG);
  const [file, start, finish] = ['file', 'start', 'finish'].map((name) => join(hub.dir, name)) as [
    string,
    string,
    string,
  ];
  const waitAt = (gate: string) => `for look in $(seq ${GATE_LOOKS}); do [ -e ${gate} ] && break; sleep 0.05; done`;
  const script = `${waitAt(start)}; cat ${file}; ${waitAt(finish)}`;
  const agent = await startAgent(bench, hub, `[ops.print]\nsteps = [["/bin/sh", "-c", "${script}"]]\n`);

  return {
    senderPid: agent.pid,
    receiverPid: hub.coordinator.pid,
    async send(path) {
      for (const old of [file, start, finish]) rmSync(old, { force: true });
      symlinkSync(path, file);
      const id = await hub.dispatch('print');
      await waitFor('its start', async () => (await hub.api.get<{ pid: number | null }>(`/api/commands/${id}`)).pid);
      agent.kill('SIGSTOP');
      writeFileSync(start, '');
      const { size } = statSync(path);
      const spooled = join(agent.spoolDir, id, 'output');
      await waitFor('all of it in the spool', () => statSync(spooled, { throwIfNoEntry: false })?.size === size);
      const startedAt = performance.now();
      agent.kill('SIGCONT');
      // The file is cheap to look at, but only the coordinator knows how much of it is durable.
      const isWritten = () => statSync(hub.outputFile(id), { throwIfNoEntry: false })?.size === size;
      while (!isWritten() || (await hub.outputBytes(id)) < size) await sleep(systemClock, LOOK_MS);
      const ms = performance.now() - startedAt;
      writeFileSync(finish, '');
      await whenIdle(hub.api);
      return ms;
    },
    async end() {
      await agent.end();
      await hub.coordinator.end();
    },
  };
}

export async function startFloor(bench: Bench): Promise<Transfer> {
  const program = (name: string, ...argv: string[]) => [join(import.meta.dirname, name), ...argv];
  const receiver = await startChild({ argv: program('floor-receiver.ts', bench.dir) });
  bench.onEnd(() => receiver.end());
  const sender = await startChild({ argv: program('floor-sender.ts'), listens: false });
  bench.onEnd(() => sender.end());
  return {
    senderPid: sender.pid,
    receiverPid: receiver.pid,
    send: (path) => sender.ask<number>('send', { url: receiver.address, path }),
    async end() {
      await sender.end();
      await receiver.end();
    },
  };
}
