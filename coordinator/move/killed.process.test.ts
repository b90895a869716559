import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bareProgram } from '../../scripts/built-programs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { type PostgresServer, startPostgres } from '../store/postgres/fixtures/server.ts';
import { openStore } from '../store/sqlite/store.ts';
import { backupCommand } from './command.ts';
import { fill, fillStore, run as runHere } from './fixtures/record.ts';

/** The real program, killed (-9) at a system call, and run again. */

let server: PostgresServer | null = null;
const dir = mkdtempSync(join(tmpdir(), 'switchyard-killed-'));
test.after(async () => {
  await server?.end();
  rmSync(dir, { recursive: true });
});

const killTest = testUnless([toolMissing('strace'), toolMissing('pg_ctlcluster')]);

type Ended = { code: number | null; signal: NodeJS.Signals | null; err: string };
type Kill = readonly [syscall: string, nth: number];

const straceArgs = ([syscall, nth]: Kill): string[] => [
  ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${syscall}`],
  ...['-e', `inject=${syscall}:signal=SIGKILL:when=${nth}`],
];

/** Runs the coordinator's command; `kill`: SIGKILL at the nth such call of a thread, which is then not made. */
async function run(argv: readonly string[], kill: Kill | null, env: Record<string, string> = {}): Promise<Ended> {
  const program = [process.execPath, await bareProgram('coordinator'), ...argv];
  const [file = '', ...args] = kill ? [...straceArgs(kill), ...program] : program;
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH ?? '', UV_THREADPOOL_SIZE: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, err };
}

async function expectKilled(argv: readonly string[], kill: Kill, env?: Record<string, string>): Promise<void> {
  const { code, signal, err } = await run(argv, kill, env);
  assert.is(signal, 'SIGKILL', `${kill}: it ended with ${code}: ${err}`);
}

async function expectDone(argv: readonly string[], env?: Record<string, string>): Promise<void> {
  const { code, err } = await run(argv, null, env);
  assert.is(code, 0, err);
}

killTest('a backup that is killed at any point makes no file, and the next run makes a whole one', async () => {
  const [dataDir, into, back] = [join(dir, 'data'), join(dir, 'into'), join(dir, 'back')];
  mkdirSync(into);
  const store = openStore({ dataDir });
  const { id } = await fillStore(store, dataDir, 3_000);
  const argv = ['backup', join(into, 'x'), '--data-dir', dataDir];
  for (const kill of [
    ['pwrite64', 150],
    ['rename', 1],
  ] as const) {
    await expectKilled(argv, kill);
    assert.not.ok(existsSync(join(into, 'x')), `${kill}`);
  }
  assert.equal(readdirSync(into), ['x.partial'], 'the rename is the last step');
  await expectDone(argv);
  assert.equal(readdirSync(into), ['x']);
  store.close();
  await expectDone(['restore', join(into, 'x'), '--data-dir', back]);
  const restored = openStore({ dataDir: back });
  assert.is(restored.commands.get(id)?.command.id, id);
  restored.close();
});

let made: Promise<{ id: string; file: string }> | null = null;

function aBackup(): Promise<{ id: string; file: string }> {
  made ??= (async () => {
    const [dataDir, file] = [join(dir, 'from'), join(dir, 'from.backup')];
    const { id } = await fill(dataDir);
    assert.is((await runHere(backupCommand, [file, '--data-dir', dataDir])).status, 0);
    return { id, file };
  })();
  return made;
}

killTest(
  'a restore that is killed at any point leaves a folder on which no coordinator starts, and can be run again',
  async () => {
    const back = join(dir, 'to');
    const { id, file } = await aBackup();
    const argv = ['restore', file, '--data-dir', back];
    for (const kill of [
      ['pwrite64', 150],
      ['fdatasync', 1],
      ['rename', 1],
    ] as const) {
      await expectKilled(argv, kill);
      assert.throws(
        () => openStore({ dataDir: back }),
        /a restore into this folder did not end: run it again/,
        `${kill}`,
      );
    }
    await expectDone(argv);
    assert.equal(readdirSync(back).sort(), ['output', 'switchyard.db', 'switchyard.db-lock']);
    const restored = openStore({ dataDir: back });
    assert.is(restored.commands.get(id)?.command.id, id);
    restored.close();
  },
);

async function rowsIn(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const sql = `SELECT (SELECT count(*)::integer FROM commands) AS commands, (SELECT count(*)::integer FROM output) AS output,
    (SELECT count(*)::integer FROM events) AS events`;
  const { rows } = await client.query(sql);
  await client.end();
  return { ...rows[0] };
}

killTest('a restore to PostgreSQL that is killed leaves nothing there, and can be run again at once', async () => {
  server ??= await startPostgres();
  const { file } = await aBackup();
  const url = await server.url('killed_restore');
  const env = { SWITCHYARD_STORE: url };
  await expectKilled(['restore', file], ['pread64', 500], env);
  assert.equal(await rowsIn(url), { commands: 0, output: 0, events: 0 });
  await expectDone(['restore', file], env);
  assert.equal(await rowsIn(url), { commands: 1, output: 8, events: 3_002 });
  const again = join(dir, 'again.backup');
  await expectKilled(['backup', again], ['pwrite64', 150], env);
  assert.not.ok(existsSync(again));
  await expectDone(['backup', again], env);
});

test.run();
