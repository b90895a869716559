import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless } from '../../scripts/test-needs.ts';
import { SWITCH_SH } from '../fixtures/switch-stand-in.ts';
import { hostsUnfit, layMachine } from './booted-host.ts';
import type { Machine } from './machine.ts';

// Checks what docs/guard.md says about nixpkgs' switch-to-configuration, up to where it touches units: on the tests' stand-in, and on
// the real programs that SWITCHYARD_TEST_SWITCH names (paths of switch-to-configuration-ng's, separated by colons).

const REAL = (process.env.SWITCHYARD_TEST_SWITCH ?? '').split(':').filter(Boolean);
const declare = testUnless([await hostsUnfit()]);
if (REAL.length === 0) console.log('# SWITCHYARD_TEST_SWITCH names no real program: only the stand-in was asked');

const DIR = '/srv/systems';
const LOCK = '/run/nixos/switch-to-configuration.lock';

/** The wrapper that nixpkgs makes: it passes the system to the program in variables. */
const wrapper = (program: string, system: string) => `#!/bin/sh
export OUT=${system} TOPLEVEL=${system} DISTRO_ID=debian SYSTEMD=/usr LOCALE_ARCHIVE=
export PRE_SWITCH_CHECK=${system}/check INSTALL_BOOTLOADER=${system}/bootloader
exec ${program} "$@"
`;

/** A step of a system that notes its arguments, and fails where the file `fails-NAME` is beside it. */
const step = (name: string, system: string) => `#!/bin/sh
echo ${name} "$@" >>${DIR}/log
[ ! -e ${system}/fails-${name} ]
`;

/** A program under test: the layout of its system, and its needs from this machine. */
type Subject = { name: string; binds: string[]; files(system: string): Record<string, string> };

const STAND_IN: Subject = {
  name: 'the stand-in',
  binds: [],
  files: (system) => ({
    // Its links and lists are then where the real one has them.
    dir: '/run',
    'bin/switch-to-configuration': SWITCH_SH,
    'checks.sh': step('check', system),
    'bootloader.sh': step('bootloader', system),
  }),
};

function realProgram(path: string): Subject {
  const real = realpathSync(path);
  return {
    name: path,
    binds: [real.startsWith('/nix/store/') ? '/nix/store' : real],
    files: (system) => ({
      'bin/switch-to-configuration': wrapper(real, system),
      check: step('check', system),
      bootloader: step('bootloader', system),
    }),
  };
}

/** Booted for one program, with the systems `one`, which is active, `two` beside it, and `other` with another init. */
async function onMachine({ binds, files }: Subject, body: (machine: Machine) => Promise<void>): Promise<void> {
  const machine = layMachine('switch', { binds });
  try {
    await machine.boot();
    for (const [name, init] of [
      ['one', '1'],
      ['two', '1'],
      ['other', '2'],
    ] as const) {
      const system = `${DIR}/${name}`;
      mkdirSync(machine.path(`${system}/bin`), { recursive: true });
      for (const [file, text] of Object.entries({ ...files(system), 'init-interface-version': init }))
        writeFileSync(machine.path(`${system}/${file}`), text, { mode: 0o755 });
    }
    await machine.shell(`mkdir -p /nix/store; ln -sfn ${DIR}/one /run/current-system`);
    await body(machine);
  } finally {
    await machine.close();
  }
}

/** Status and words of one action, and what it did: its steps, and the active system. */
async function run(machine: Machine, system: string, action: string, before = ''): Promise<[number, string, string[]]> {
  const said = await machine.shell(`rm -f ${DIR}/log
    ${before} ${DIR}/${system}/bin/switch-to-configuration ${action} >${DIR}/said 2>&1; echo $?; cat ${DIR}/said`);
  const [status = '', ...words] = said.split('\n');
  const log = await machine.shell(`cat ${DIR}/log 2>/dev/null || true; readlink /run/current-system`);
  return [Number(status), words.join('\n'), log.split('\n')];
}

const ACTIVE = `${DIR}/one`;

for (const subject of [STAND_IN, ...REAL.map(realProgram)])
  declare(`${subject.name} answers as docs/guard.md says`, () =>
    onMachine(subject, async (machine) => {
      const [unknown, usage] = await run(machine, 'two', 'frobnicate');
      assert.is(unknown, 1);
      assert.match(usage, /^Usage/m);

      assert.equal((await run(machine, 'two', 'check')).toSpliced(1, 1), [0, [`check ${DIR}/two check`, ACTIVE]]);
      const boots = [`bootloader ${DIR}/two`, ACTIVE];
      assert.equal((await run(machine, 'two', 'boot')).toSpliced(1, 1), [0, [`check ${DIR}/two boot`, ...boots]]);

      const [held, lock] = await run(machine, 'two', 'check', `flock ${LOCK}`);
      assert.is(held, 11, 'the number of EAGAIN');
      assert.match(lock, /lock/i);

      await machine.shell(`touch ${DIR}/two/fails-check`);
      for (const action of ['check', 'test', 'boot', 'switch'])
        assert.equal(
          (await run(machine, 'two', action)).toSpliced(1, 1),
          [1, [`check ${DIR}/two ${action}`, ACTIVE]],
          `refused: ${action}`,
        );
      assert.equal((await run(machine, 'two', 'boot', 'NIXOS_NO_CHECK=1')).toSpliced(1, 1), [0, boots]);

      await machine.shell(`rm ${DIR}/two/fails-check; touch ${DIR}/two/fails-bootloader`);
      assert.is((await run(machine, 'two', 'boot'))[0], 1);

      const [status, , did] = await run(machine, 'other', 'test');
      assert.equal([status, did], [100, [`check ${DIR}/other test`, ACTIVE]]);
      const [switched, , also] = await run(machine, 'other', 'switch');
      assert.equal([switched, also], [100, [`check ${DIR}/other switch`, `bootloader ${DIR}/other`, ACTIVE]]);
    }),
  );

test.run();
