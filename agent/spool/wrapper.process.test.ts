import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { test as allTests } from 'uvu';
import * as assert from 'uvu/assert';
import { mountsMissing, testUnless, toolMissing, toolPath } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { COMMAND_VARIABLE } from '../config/command-environment.ts';
import { table } from '../fixtures/rig.ts';
import type { Step } from './platform.ts';
import { FINISH_PHASE, wrapperScript } from './wrapper.ts';

/** Shells that are /bin/sh somewhere: Debian, macOS and NixOS, small systems. */
const SHELLS = [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const;

const roots: string[] = [];
allTests.after(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

function wrap(
  steps: readonly Step[],
  shell: readonly [string, ...string[]],
  { path = process.env.PATH ?? '', claimed = false } = {},
) {
  const root = mkdtempSync(join(tmpdir(), 'switchyard-wrapper-'));
  roots.push(root);
  const dir = join(root, `it's a "folder"`);
  const id = `id-${root}`;
  mkdirSync(dir);
  for (const [index, { phase }] of steps.entries()) writeFileSync(join(dir, `phase.${index}`), phase);
  writeFileSync(join(dir, 'phase.end'), FINISH_PHASE);
  if (claimed) writeFileSync(join(dir, 'started'), '{}');
  const script = join(dir, 'run.sh');
  const witness = join(root, 'witness');
  writeFileSync(script, wrapperScript({ id, tag: `tag-of-${id}`, bootId: 'boot', dir, witness, steps }));
  const [program, ...args] = shell;
  const child = execa(program, [...args, script], {
    env: { PATH: path, [COMMAND_VARIABLE]: id },
    extendEnv: false,
    detached: true,
    reject: false,
    stdio: 'ignore',
  });
  const read = (name: string) => readFileSync(join(dir, name), 'latin1');
  const output = () => (existsSync(join(dir, 'output')) ? read('output') : '');
  const ready = () => waitFor('the step', () => output().includes('ready'));
  const alive = async () =>
    (await table.list()).filter(({ pid, zombie }) => !zombie && table.variable(pid, COMMAND_VARIABLE) === id);
  return { child, dir, id, read, output, ready, alive, witness: () => readFileSync(witness, 'latin1') };
}

const bash = (script: string, phase = 'phase'): Step => ({ phase, argv: ['/bin/bash', '-c', script] });

for (const [name, ...args] of SHELLS) {
  const test = testUnless([toolMissing(name)]);
  const shell = [toolPath(name) ?? name, ...args] as const;

  test(`${name}: steps run in order until one fails; its code is the exit, marked in both places`, async () => {
    const { child, read, witness } = wrap(
      [bash('cat phase', 'a'), bash('cat phase; exit 7', 'b'), bash('echo c')],
      shell,
    );
    assert.is((await child).exitCode, 7);
    assert.is(read('output'), 'ab');
    assert.is(read('exit'), '7 0 end\n');
    assert.is(witness(), '7 0 end\n');
    assert.is(read('phase'), FINISH_PHASE);
    assert.match(read('started'), new RegExp(`^boot ${child.pid} \\d+ \\d+\n$`));
  });

  test(`${name}: a step's progress is gone once the next phase is set, and the last step's stays`, async () => {
    const look = 'cat phase; cat evidence/progress 2>/dev/null; cat phase >evidence/progress';
    const { child, read } = wrap([bash(`mkdir evidence; ${look}`, 'a'), bash(look, 'b'), bash(look, 'c')], shell);
    assert.is((await child).exitCode, 0);
    assert.is(read('output'), 'abc');
    assert.is(read('evidence/progress'), 'c');
  });

  test(`${name}: no steps succeed`, async () => {
    const { child, read } = wrap([], shell);
    assert.is((await child).exitCode, 0);
    assert.is(read('exit'), '0 0 end\n');
  });

  test(`${name}: arguments, environment and folder arrive as they are`, async () => {
    const odd = ` '"$HOME\`id\`\\ \n*;&é`;
    const { child, read } = wrap(
      [
        { phase: 'p', argv: ['/usr/bin/printf', '%s|', odd, '', '-e'], env: { PATH: '/nowhere' } },
        { phase: 'p', argv: ['/bin/bash', '-c', 'echo "$PWD|$ODD|$PATH"'], cwd: '/usr', env: { ODD: odd } },
      ],
      shell,
      { path: '/bin' },
    );
    assert.is((await child).exitCode, 0);
    assert.is(Buffer.from(read('output'), 'latin1').toString(), `${odd}||-e|/usr|${odd}|/bin\n`);
  });

  test(`${name}: a missing program is named, and ends with 127`, async () => {
    const { child, read } = wrap([{ phase: 'p', argv: ['no-such-tool', 'x'] }], shell);
    assert.is((await child).exitCode, 127);
    assert.match(read('output'), 'no-such-tool');
  });

  test(`${name}: the tools that the wrapper needs itself need not be in the command's PATH`, async () => {
    const { child, read } = wrap([bash('echo "$PATH"')], shell, { path: '/nowhere' });
    assert.is((await child).exitCode, 0);
    assert.is(read('output'), '/nowhere\n');
  });

  test(`${name}: SIGTERM reaches the step with its default, and no further step runs`, async () => {
    const { child, read, ready } = wrap(
      [bash('trap -p TERM; trap "echo heard; exit 0" TERM; echo ready; while :; do :; done'), bash('echo never')],
      shell,
    );
    await ready();
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    assert.is((await child).exitCode, 143);
    assert.is(read('output'), 'ready\nheard\n');
    assert.is(read('exit'), '143 0 end\n');
  });

  test(`${name}: a step's signal becomes 128 + n, and adds nothing to the output`, async () => {
    const { child, read } = wrap([bash('echo before; kill -KILL $$')], shell);
    assert.is((await child).exitCode, 137);
    assert.is(read('output'), 'before\n');
  });

  test(`${name}: reopening /dev/stderr truncates nothing; NUL and broken UTF-8 are kept`, async () => {
    const { child, read } = wrap(
      [bash(`echo one; echo two >/dev/stderr; printf 'a\\0b\\xff\\n'; echo three >/dev/stdout`)],
      shell,
    );
    assert.is((await child).exitCode, 0);
    assert.is(read('output'), 'one\ntwo\na\0b\xff\nthree\n');
  });

  test(`${name}: processes that outlive the last step are ended and counted, even if they keep the output open`, async () => {
    const { child, read, alive } = wrap(
      [bash('setsid bash -c "while :; do sleep 301; done" & sleep 300 >/dev/null & (sleep 302 &); sleep 0.1; exit 5')],
      shell,
    );
    assert.is((await child).exitCode, 5);
    assert.is(read('exit'), '5 4 end\n');
    assert.equal(await alive(), []);
  });

  test(`${name}: processes without session, parents and environment are ended and counted if they can write the output; readers are not`, async () => {
    const { child, dir, read, ready } = wrap(
      [
        bash(
          `(env -i setsid bash -c 'echo $$ >hidden; exec sleep 303' &); echo ready; until [ -e go -a -s hidden ]; do sleep 0.02; done; exit 5`,
        ),
      ],
      shell,
    );
    await ready();
    const person = execa('tail', ['-f', join(dir, 'output')], { reject: false });
    await waitFor('the person', async () => (await person.pid) !== undefined);
    writeFileSync(join(dir, 'go'), '');
    assert.is((await child).exitCode, 5);
    assert.is(read('exit'), '5 1 end\n');
    const pids = (await table.list()).filter(({ zombie }) => !zombie).map(({ pid }) => pid);
    assert.not.ok(pids.includes(Number(read('hidden'))));
    assert.ok(pids.includes(person.pid ?? 0));
    person.kill();
    await person;
  });

  test(`${name}: a stranger that carries the command's id is not the command's`, async () => {
    const { child, dir, read, id, ready } = wrap([bash('echo ready; until [ -e go ]; do sleep 0.02; done')], shell);
    await ready();
    const stranger = execa('sleep', ['304'], { env: { [COMMAND_VARIABLE]: id }, reject: false });
    await waitFor('the stranger', () => table.variable(stranger.pid ?? 0, COMMAND_VARIABLE) === id);
    writeFileSync(join(dir, 'go'), '');
    assert.is((await child).exitCode, 0);
    assert.is(read('exit'), '0 0 end\n');
    stranger.kill();
    assert.is((await stranger).signal, 'SIGTERM');
  });

  test(`${name}: no step begins during a kill, and if the kill fails the command goes on`, async () => {
    const { child, dir, read, ready } = wrap([bash('echo >kill.json; echo ready', 'activate'), bash('echo on')], shell);
    await ready();
    await waitFor('the end of the phase', () => read('phase') === FINISH_PHASE);
    assert.is(read('output'), 'ready\n');
    rmSync(join(dir, 'kill.json'));
    assert.is((await child).exitCode, 0);
    assert.is(read('output'), 'ready\non\n');
  });

  test(`${name}: a step that a kill has stopped at its door is left to the kill, which claims the end before the wrapper leaves`, async () => {
    const tools = mkdtempSync(join(tmpdir(), 'switchyard-mv-'));
    roots.push(tools);
    // The kill comes when the phase stands and its step does not run yet.
    writeFileSync(join(tools, 'mv'), '#!/bin/sh\n/bin/mv "$@"; : >kill.json\n', { mode: 0o755 });
    const { child, dir, read, output } = wrap([bash('echo never', 'activate')], shell, {
      path: `${tools}:/usr/bin:/bin`,
    });
    await waitFor('the end of the steps', () => existsSync(join(dir, 'phase')) && read('phase') === FINISH_PHASE);
    let looks = 0;
    await waitFor('the wrapper to wait', () => {
      assert.not.ok(existsSync(join(dir, 'exit')));
      return looks++ > 20;
    });
    writeFileSync(join(dir, 'over'), '{}');
    assert.is((await child).exitCode, 143);
    assert.is(output(), '');
  });

  test(`${name}: nothing runs once the agent has claimed the command`, async () => {
    const { child, read, output } = wrap([bash('echo never')], shell, { claimed: true });
    assert.is((await child).exitCode, 125);
    assert.is(output(), '');
    assert.throws(() => read('exit'), 'ENOENT');
  });
}

/** The output of BSD's ps, from a /proc that is mounted elsewhere. */
const FAKE_PS = `#!/bin/bash
show() {
  read -r stat <"$PROC/$1/stat" || return
  set -- $1 \${stat##*) }
  if [ "$2" = Z ]; then set -- $1 Z $3 $4; fi
  case "$columns" in
    lstart=) [ "$TZ" = UTC0 ] && echo "Sat Nov  1 21:03:01 2025 " ;;
    *) echo "  $1  $3  $4 $2s" ;;
  esac
}
PROC=\${0%/*}/proc
if [ "$1" = -o ]; then columns=$2; show $4; else columns=$3; for dir in $PROC/[0-9]*; do show \${dir##*/}; done; fi 2>/dev/null
`;

const asRoot = testUnless([mountsMissing()]);

asRoot('where there is no /proc, ps tells the start time and what outlived the last step', async () => {
  const tools = mkdtempSync(join(tmpdir(), 'switchyard-ps-'));
  roots.push(tools);
  mkdirSync(join(tools, 'proc'));
  writeFileSync(join(tools, 'ps'), FAKE_PS, { mode: 0o755 });
  const hide = `mount -t proc proc ${tools}/proc && mount -t tmpfs none /proc && exec setsid -w /bin/sh "$0"`;
  const { child, read, alive } = wrap(
    [bash('echo one; (sleep 300 &); sleep 0.1; exit 4')],
    ['/usr/bin/unshare', '-m', '/bin/sh', '-c', hide],
    {
      path: `${tools}:${process.env.PATH}`,
    },
  );
  assert.is((await child).exitCode, 4);
  assert.is(read('output'), 'one\n');
  assert.is(read('exit'), '4 1 end\n');
  assert.match(read('started'), /^boot \d+ \d+ Sat Nov 1 21:03:01 2025\n$/);
  assert.equal(await alive(), []);
});

allTests('an argument with a NUL byte and a variable with an odd name are refused', () => {
  const base = { id: 'i', tag: 't', bootId: 'b', dir: '/d', witness: null };
  assert.throws(() => wrapperScript({ ...base, steps: [{ phase: 'p', argv: ['a\0b'] }] }), 'NUL');
  assert.throws(() => wrapperScript({ ...base, steps: [{ phase: 'p', argv: ['a'], env: { 'A;B': '' } }] }), 'variable');
});

allTests.run();
