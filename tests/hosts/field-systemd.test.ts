/** Reports about transient units in other tools that start commands as units, tried here. docs/field-reports.md names the reports. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AGENT_PATH } from './booted-host.ts';
import { setScene } from './scene.ts';

const ODD = ['$$', `$${'{HOME}'}`, '%n', '%%', '100%', '\\x41', '$HOME', ';', "it's", '"', ' a  b ', ''];

/** Its second line would begin a section of a unit file. */
const SCRIPT = `echo 'a line
[Service]
another'
systemctl daemon-reload
echo reloaded
sleep 1
echo done`;

const OPS = Object.entries({ odd: ['printf', '<%s>', ...ODD], lines: ['sh', '-c', SCRIPT] })
  .map(([op, argv]) => `[ops.${op}]\nsteps = [${JSON.stringify(argv)}]\n`)
  .join('\n');

/** systemd reads `$` and `%` in a unit's command, and in the names of its files. */
const STATE_DIR = '/var/lib/100%n $HOME';

const hostTest = await setScene({}, async ({ addHost }) => ({
  host: await addHost('web1', { ops: OPS, env: { SWITCHYARD_STATE_DIR: STATE_DIR } }),
}));

hostTest(
  'what stands in argv arrives as it stands, from a state folder with % and $ in its name',
  async ({ system }) => {
    const { id, status, message } = await system.run('odd', 'web1');
    assert.is(status, 'SUCCESS', message ?? '');
    assert.is((await system.api.output(id)).toString(), ODD.map((one) => `<${one}>`).join(''));
  },
);

hostTest('a script of several lines runs to its end, although systemd reloads its units meanwhile', async (given) => {
  const { id, status, message } = await given.system.run('lines', 'web1');
  assert.is((await given.system.api.output(id)).toString(), 'a line\n[Service]\nanother\nreloaded\ndone\n');
  assert.is(status, 'SUCCESS', message ?? '');
});

hostTest('a unit that waits for its next try is named among those that failed', async ({ host }) => {
  const brief = {
    before: null,
    links: [],
    profile: '/nowhere',
    profileBefore: null,
    idleFile: '/tmp/idle.json',
    unitsFailedCode: 4,
    profileBoots: false,
  };
  const named = await host.machine.shell(`
    systemd-run --quiet --unit=upload --property=Restart=always --property=RestartSec=600 false
    systemd-run --quiet --unit=broken false || true
    systemd-run --quiet --unit=fine sleep 600
    until [ "$(systemctl show --property=SubState --value upload)" = auto-restart ]; do sleep 0.1; done
    until systemctl is-failed --quiet broken; do sleep 0.1; done
    mkdir /tmp/evidence
    SWITCHYARD_EVIDENCE_DIR=/tmp/evidence node ${AGENT_PATH} step activate '${JSON.stringify(brief)}' -- sh -c 'exit 4' >&2 || true
    cat /tmp/evidence/failedUnits`);
  assert.equal(named.split('\n').sort(), ['broken.service', 'upload.service']);
});

test.run();
