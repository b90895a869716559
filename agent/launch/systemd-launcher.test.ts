import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { newCommandId } from '../../shared/ids.ts';
import { createSpool } from '../spool/spool.ts';
import type { SpoolEntry } from '../spool/spool-entry.ts';
import { createSystemdLauncher, isInUnit, type ToolRun } from './systemd-launcher.ts';

// tests/hosts shows on booted hosts what systemd makes of these calls.

const TAG = '0123456789abcdef';
let dir: string;
let calls: { argv: readonly string[]; file: string | null }[];
let entry: SpoolEntry;

test.before.each(async () => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-systemd-'));
  calls = [];
  const spool = createSpool({ dir: join(dir, 'spool'), witnessDir: null });
  mkdirSync(join(dir, 'spool'));
  const spec = { id: newCommandId(), op: 'pull-switch', completion: 'restart', takesSlot: true } as const;
  entry = await spool.create({ ...spec, acceptedAt: 0, bootId: 'boot-1' }, []);
});
test.after.each(() => rmSync(dir, { recursive: true }));

/** A launcher on a machine where systemd gives these answers. */
const launcher = (answer: Partial<ToolRun> = {}) =>
  createSystemdLauncher({
    stateTag: TAG,
    async runTool(argv) {
      const { environmentFile } = entry;
      calls.push({ argv, file: existsSync(environmentFile) ? readFileSync(environmentFile, 'utf8') : null });
      return { exitCode: 0, stdout: '', stderr: '', ...answer };
    },
  });

const unit = () => `switchyard-pull-switch-${entry.spec.id}-${TAG}.service`;
const environment = () => ({
  PATH: '/bin',
  NIX_CONFIG: 'access-tokens = s3cret\n# "$a`\\',
  SWITCHYARD_COMMAND_ID: entry.spec.id,
  SWITCHYARD_STATE: TAG,
});

test("the unit's name has op, id and tag; no environment value is in an argument or unit", async () => {
  assert.equal(await launcher().start(entry, environment()), { kind: 'launched', exited: null });
  const [{ argv, file } = { argv: [], file: null }] = calls;
  for (const arg of [`--unit=${unit()}`, '--collect', '--service-type=exec', '--property=KillMode=control-group'])
    assert.ok(argv.includes(arg), arg);
  for (const arg of ['--scope', '--pipe', '--wait']) assert.not.ok(argv.includes(arg), arg);
  assert.not.match(argv.join(' '), 's3cret');
  assert.ok(argv.includes(`--property=EnvironmentFile=-${entry.environmentFile}`));
  assert.is(file, 'PATH="/bin"\nNIX_CONFIG="access-tokens = s3cret\n# \\"\\$a\\`\\\\"\n');
  assert.not.ok(existsSync(entry.environmentFile), 'it goes once the unit runs');
});

test("only a system unit is the command's, not a user's unit of the same name", () => {
  const wanted = /^switchyard-.*-id-tag\.service$/;
  for (const [path, expected] of [
    ['/system.slice/switchyard-pull-id-tag.service', true],
    ['/system.slice/switchyard-pull-id-tag.service/below', true],
    ['/machine.slice/systemd-nspawn@web1.service/payload/system.slice/switchyard-pull-id-tag.service', true],
    ['/system.slice/switchyard-pull-another-tag.service', false],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/switchyard-pull-id-tag.service', false],
    ['/user.slice/user-1000.slice/user@1000.service/system.slice/switchyard-pull-id-tag.service', false],
  ] as const) {
    assert.is(isInUnit(`0::${path}\n`, wanted), expected, path);
    assert.is(isInUnit(`3:cpu:/\n1:name=systemd:${path}\n`, wanted), expected, path);
  }
});

test('a unit that systemd could not start has its reason, and can never start later', async () => {
  const launch = await launcher({ exitCode: 1, stderr: 'Failed to connect to bus\n' }).start(entry, environment());
  assert.equal(launch, { kind: 'failed', reason: 'systemd could not start it: Failed to connect to bus' });
  assert.is(await entry.started(), 'claimed');
});

test('a started command is launched, whatever systemd-run says', async () => {
  writeFileSync(join(entry.dir, 'started'), 'boot-1 12 13 14\n');
  assert.is((await launcher({ exitCode: 1 }).start(entry, environment())).kind, 'launched');
});

test('the witness counts once systemd has written it whole; the agent waits for it while the unit exists', async () => {
  const cases: [text: string | null, state: string, seen: unknown][] = [
    ['success exited 0\n', 'inactive', { exitCode: 0, signal: null }],
    ['exit-code exited 3\n', 'inactive', { exitCode: 3, signal: null }],
    ['signal killed KILL\n', 'inactive', { exitCode: null, signal: 'SIGKILL' }],
    ['core-dump dumped SEGV\n', 'inactive', { exitCode: null, signal: 'SIGSEGV' }],
    ['signal killed KI', 'deactivating', 'pending'],
    [null, 'active', 'pending'],
    [null, 'activating', 'pending'],
    [null, '', 'pending'],
    [null, 'unknown', null],
    [null, 'inactive', null],
    [null, 'failed', null],
    ['resources  \n', 'inactive', null],
  ];
  for (const [text, state, seen] of cases) {
    if (text === null) rmSync(join(entry.dir, 'unit-exit'), { force: true });
    else writeFileSync(join(entry.dir, 'unit-exit'), text);
    assert.equal(await launcher({ stdout: state }).witness(entry), seen, `${text} while ${state}`);
  }
});

test('units of this STATE_DIR without a command are stopped, all others left alone', async () => {
  const stray = `switchyard-a-${newCommandId()}-b-${newCommandId()}-${TAG}.service`;
  const list = [unit(), stray].map((name) => `${name} loaded active running Switchyard: x\n`).join('');
  assert.is(await launcher({ stdout: list }).endStrays(new Set([entry.spec.id])), 1);
  assert.equal(
    calls.map(({ argv }) => argv.join(' ')),
    [`systemctl list-units --plain --no-legend switchyard-*-${TAG}.service`, `systemctl stop ${stray}`],
  );
});

test('a command without a unit has no process in one', async () => {
  assert.equal(await launcher().unitMembers(entry.spec.id), []);
});

test.run();
