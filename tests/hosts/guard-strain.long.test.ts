import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { activated, DIR, ended, type GuardScene, hostTest, NEW, OLD, stands } from './guard-scene.ts';

// A host without room or without time.

const STATE = '/var/lib/switchyard-agent';
const RUN = '/run/switchyard-guard';

/** Shell code: no further file fits on the disk mounted at `dir`, or everything does again. */
const fill = (dir: string) => `mount -o remount,size=$(df --block-size=1 --output=used ${dir} | tail -n 1) ${dir}`;
const free = (dir: string) => `mount -o remount,size=300M ${dir}`;

/** Gives `dir` its own disk while `body` runs. */
async function onOwnDisk({ host, coordinator }: GuardScene, dir: string, body: () => Promise<void>): Promise<void> {
  const { shell } = host.machine;
  /** Keeps the files of `dir` across a change of its mount. */
  const change = async (script: string) => {
    const before = coordinator.hellos.length;
    await shell(`set -e
      systemctl stop switchyard-agent
      rm -rf /srv/aside; mkdir -p ${dir} /srv/aside; cp -a ${dir}/. /srv/aside
      ${script}
      cp -a /srv/aside/. ${dir}
      systemctl start switchyard-agent`);
    await waitFor('the agent', () => coordinator.hellos.length > before);
  };
  await change(`mount -t tmpfs -o size=300M,mode=700 none ${dir}`);
  try {
    await body();
  } finally {
    await change(`umount ${dir}; rm -rf ${dir}/*`);
  }
}

hostTest(
  'the disk of the state is full from the activation on: it goes back, and says so once there is room',
  (given) =>
    onOwnDisk(given, STATE, async () => {
      const { host, coordinator } = given;
      await host.machine.shell(`echo '${fill(STATE)}' >${DIR}/test.new`);
      const hellos = coordinator.hellos.length;
      const id = coordinator.rollback({ confirmMs: 4_000 });
      const exit = await coordinator.exited(id);
      assert.equal([exit.exitCode, exit.evidence?.failure], [0, undefined], 'the activation itself went well');
      await waitFor(
        'the old system, and its agent',
        async () => (await stands(given)) === OLD && coordinator.hellos.length > hellos,
      );
      await host.machine.shell(free(STATE));
      assert.is(await ended(given, id), `undone deadline, ${OLD}`);
    }),
);

hostTest('the disk of the state is full when it is kept: it is kept, and says so once there is room', (given) =>
  onOwnDisk(given, STATE, async () => {
    const { host, coordinator } = given;
    const id = await activated(given);
    // Its folder goes now that the coordinator has everything, which makes room.
    await waitFor(
      'an empty spool',
      () => host.machine.shell(`ls ${STATE}/spool`),
      (left) => left === '',
    );
    await host.machine.shell(fill(STATE));
    coordinator.say({ type: 'command.keep', payload: { id } });
    await waitFor('the new system', async () => (await stands(given)) === NEW);
    await waitFor(
      'its last word',
      () => host.machine.shell(`cat ${RUN}/*/end`),
      (end) => end.startsWith('kept'),
    );
    await host.machine.shell(free(STATE));
    assert.is(await ended(given, id), `kept keep, ${NEW}`);
  }),
);

hostTest('/run is full from the activation on: it goes back, and says so once there is room', (given) =>
  onOwnDisk(given, RUN, async () => {
    const { host, coordinator } = given;
    await host.machine.shell(`echo '${fill(RUN)}' >${DIR}/test.new`);
    const id = coordinator.rollback({ confirmMs: 4_000 });
    await waitFor('the new system', async () => (await stands(given)).startsWith('new'));
    await waitFor('the old system', async () => (await stands(given)) === OLD);
    await host.machine.shell(free(RUN));
    assert.is(await ended(given, id), `undone deadline, ${OLD}`);
  }),
);

hostTest('a suspend that outlasts the window uses none of it', async (given) => {
  const { host, coordinator } = given;
  const confirmMs = 10_000;
  const id = await activated(given, { confirmMs });
  await host.machine.freeze();
  const from = performance.now();
  await waitFor('the window to be over', () => performance.now() - from > confirmMs);
  host.machine.thaw();
  coordinator.say({ type: 'command.keep', payload: { id } });
  assert.is(await ended(given, id), `kept keep, ${NEW}`);
});

test.run();
