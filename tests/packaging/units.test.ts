import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OPTION_TABLES } from '../../scripts/generate-options.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { optionVariable } from '../../shared/settings/options.ts';
import { ROOT } from './evaluate.ts';
import { environmentOf, readUnit } from './unit-file.ts';

const PROGRAMS = ['agent', 'coordinator'] as const;

const page = readFileSync(join(ROOT, 'docs/install.md'), 'utf8');

const analyze = (...args: string[]) =>
  spawnSync('systemd-analyze', [...args, '--no-pager'], { cwd: join(ROOT, 'systemd'), encoding: 'utf8' });

const systemdTest = testUnless([toolMissing('systemd-analyze')]);

for (const program of PROGRAMS) {
  const name = `switchyard-${program}.service`;
  const unit = readUnit(name);

  test(`${name} starts again after every end, and is not given up`, () => {
    assert.is(unit.Service?.Restart, 'always');
    assert.is(unit.Unit?.StartLimitIntervalSec, '0');
    assert.is(unit.Install?.WantedBy, 'multi-user.target');
  });

  test(`${name} sets options that the ${program} has`, () => {
    const known = Object.keys(OPTION_TABLES[program]).map(optionVariable);
    for (const variable of Object.keys(environmentOf(unit))) assert.ok(known.includes(variable), variable);
  });

  systemdTest(`systemd has no word to say against ${name}`, () => {
    const { status, stderr } = analyze('verify', '--man=no', `./${name}`);
    assert.equal({ status, stderr }, { status: 0, stderr: '' });
  });
}

test('the agent’s commands outlive its unit, and 101 is not a failure', () => {
  const { Service = {} } = readUnit('switchyard-agent.service');
  assert.is(Service.KillMode, 'process');
  assert.is(Service.OOMPolicy, 'continue');
  assert.is(Service.RestartForceExitStatus, '101');
  assert.is(Service.SuccessExitStatus, '101');
});

test('the agent’s unit has no runtime folder: the second witness of an exit is in /run, which no end of the unit empties', () => {
  const { Service = {} } = readUnit('switchyard-agent.service');
  assert.is(Service.RuntimeDirectory, undefined);
});

test('the agent reads its token from a credential', () => {
  const unit = readUnit('switchyard-agent.service');
  assert.is(unit.Service?.LoadCredential, 'token:/etc/switchyard/token');
  assert.is(environmentOf(unit).SWITCHYARD_TOKEN_FILE, undefined, 'systemd 247 to 249 have no name for the folder');
});

for (const program of PROGRAMS)
  systemdTest(`the ${program} is as closed as docs/install.md says`, () => {
    const name = `switchyard-${program}.service`;
    const said = new RegExp(`\\| \`${name}\` \\| ([\\d.]+) \\|`).exec(page)?.[1];
    const { stdout } = analyze('security', '--offline=true', '--threshold=100', `./${name}`);
    const measured = new RegExp(`exposure level for ${name}: ([\\d.]+)`).exec(stdout)?.[1];
    assert.ok(measured);
    assert.is(said, measured);
  });

test.run();
