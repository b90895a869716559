import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { CommandView } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Status } from '../../shared/model/command.ts';
import { processesOf } from './census.ts';
import { type Deeds, openDeeds } from './deeds.ts';
import type { FileOp, HostOptions, TestHost } from './host.ts';
import type { System } from './system.ts';
import { untruths } from './untruths.ts';

/** A host to try faults on. Its ops write down what they do, and it always has the op `next`. */
export type Subject = { system: System; host: TestHost; deeds: Deeds };

export type SubjectOptions = Omit<Partial<HostOptions>, 'ops'> & {
  ops?: Readonly<Record<string, string | { script: string; completion: 'restart' | 'reboot' }>>;
};

export async function addSubject(system: System, name: string, { ops = {}, ...more }: SubjectOptions = {}) {
  const deeds = openDeeds(system.dir);
  const fileOps = Object.entries({ next: 'echo next', ...ops }).map(([id, op]): [string, FileOp] => {
    const { script, completion } = typeof op === 'string' ? { script: op, completion: 'exit' as const } : op;
    return [id, { steps: [['/bin/sh', '-c', deeds.recorded(script)]], completion }];
  });
  const host = await system.addHost(name, { ...more, ops: Object.fromEntries(fileOps) });
  return { system, host, deeds } satisfies Subject;
}

export type Expected = {
  status: Status;
  code?: string | null;
  exitCode?: number | null;
  starts?: 0 | 1;
  /** A reboot: its boot id says how it went, and what it ran need not come to its end. */
  byBoot?: true;
  /** All its output. */
  output?: string | Uint8Array;
  /** Output past the limit is dropped. */
  truncated?: boolean;
};

/**
 * The promises of docs/reliability.md for every command, whatever happened to it: it ran at most once; it ended in exactly one
 * terminal status, which tells the truth; its stored output is what it wrote, byte for byte; nothing of it is left, neither
 * process nor file; and its slot is free, so that the next command runs. Resolves to the command.
 */
export async function expectSound(subject: Subject, id: string, expected: Expected): Promise<CommandView> {
  const { system, host, deeds } = subject;
  const { api } = system;
  await system.command(id);
  const { truncated = false } = expected;
  const ended = await system.command(id, ({ output }) =>
    truncated ? output.truncated && output.bytes === expected.output?.length : output.bytes === output.total,
  );

  const wanted = [
    expected.status,
    'code' in expected ? expected.code : ended.code,
    'exitCode' in expected ? expected.exitCode : ended.exitCode,
  ];
  assert.equal([ended.status, ended.code, ended.exitCode], wanted, `${ended.op}: ${ended.message}`);
  if (!expected.byBoot) assert.equal(untruths(ended, deeds.of(id)), []);
  if (expected.starts !== undefined) assert.is(deeds.of(id).starts, expected.starts, `${ended.op}: starts`);

  if (expected.output !== undefined) {
    const held = await api.output(id);
    const wrote = Buffer.from(expected.output);
    assert.ok(
      held.equals(wrote),
      `${ended.op}: the stored output is another one (${held.length} B, ${wrote.length} B)`,
    );
    assert.equal([ended.output.bytes, ended.output.truncated], [wrote.length, truncated]);
  }

  await expectNothingLeft(host, id);
  await expectFree(subject);
  assert.equal((await api.command(id)).history, ended.history, 'nothing happened to it after its end');
  return ended;
}

/** Neither process nor file. */
export async function expectNothingLeft(host: TestHost, id: string): Promise<void> {
  await waitFor(
    `the end of all processes of ${id}`,
    () => processesOf(`spool/${id}`),
    ({ length }) => length === 0,
  );
  await host.online();
  await waitFor(
    `${host.name} without a file of ${id}`,
    () => filesOf(host, id),
    ({ length }) => length === 0,
  );
}

/** No slot is taken: the host runs the next command. */
export async function expectFree({ system, host }: Subject): Promise<void> {
  await waitFor(
    `${host.name} free`,
    async () => (await system.api.host(host.hostId)).activeCommandId,
    (active) => active === null,
  );
  assert.is((await system.run('next', host.hostId, { queueMs: 30_000 })).status, 'SUCCESS', 'the next command');
}

const filesOf = ({ stateDir }: TestHost, id: string): string[] => {
  const dir = join(stateDir, 'spool', id);
  return existsSync(dir) ? readdirSync(dir) : [];
};
