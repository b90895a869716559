import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mountsMissing, testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { dispatchSurely } from '../harness/dispatch-surely.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { mountSmallDisk } from '../harness/small-disk.ts';
import { addSubject, expectSound } from '../harness/subject.ts';
import { ON_POSTGRES, withSystem } from '../harness/system.ts';

const diskTest = testUnless([mountsMissing()]);

const LOUD = 'head -c 8000000 /dev/zero | tr "\\0" x';

diskTest(
  'a full disk on the host: commands end by their real result, kills work, new ones are refused by name until there is room',
  async () => {
    const disk = mountSmallDisk(2);
    try {
      await withSystem(async (system) => {
        const { api } = system;
        const subject = await addSubject(system, 'full', {
          env: { SWITCHYARD_STATE_DIR: disk.dir },
          ops: { loud: `${LOUD}; exit 6`, deaf: `trap '' TERM; ${LOUD}; while :; do sleep 0.1; done` },
        });

        const loud = await system.dispatch('loud', 'full');
        const ended = await expectSound(subject, loud, { status: 'ERROR', exitCode: 6, starts: 1 });
        const held = await api.output(loud);
        assert.ok(held.length > 1_000_000 && held.length < 2 * 1024 * 1024, `${held.length} bytes fitted`);
        assert.ok(held.equals(Buffer.alloc(held.length, 'x')));
        assert.equal(ended.output, { bytes: held.length, total: held.length, truncated: true });

        const deaf = await system.dispatch('deaf', 'full');
        await system.command(deaf, ({ output }) => output.bytes > 1_000_000);
        await system.dispatch('kill', 'full', { options: { graceMs: 100 } });
        const killed = await expectSound(subject, deaf, { status: 'KILLED', starts: 1 });
        assert.type(killed.kill?.escalatedAt, 'number');

        // The leftovers of the killed one would make room again.
        await waitFor('its folder to go', () => readdirSync(join(disk.dir, 'spool')).length === 0);
        disk.fill();
        const refused = await system.dispatch('loud', 'full');
        const { status, code } = await system.command(refused);
        assert.equal([status, code, subject.deeds.of(refused).starts], ['ERROR', 'storage_full', 0]);
        disk.free();
        await expectSound(subject, refused, { status: 'ERROR', code: 'storage_full', starts: 0, output: '' });
      })();
    } finally {
      disk.close();
    }
  },
);

testUnless([mountsMissing(), ON_POSTGRES ? 'the record is not on a disk of the coordinator' : null])(
  'a full disk of the coordinator: it says so, takes and acknowledges nothing, and goes on where it was once there is room',
  async () => {
    const disk = mountSmallDisk(4);
    try {
      await withSystem(
        async (system) => {
          const { api, dir } = system;
          const readyz = async () => (await api.send('/readyz')).status;
          const subject = await addSubject(system, 'host', {
            ops: { work: `echo begin; ${waitAtGate(dir)}; seq 1 3000; exit 5`, quick: 'echo quick' },
          });
          const id = await system.dispatch('work', 'host');
          await system.command(id, ({ output }) => output.bytes > 0);
          assert.is(await readyz(), 200);

          disk.fill();
          const refused = await api.dispatch({ op: 'quick', hosts: ['host'], queueMs: 60_000 });
          assert.is(refused.status, 503);
          assert.is(await readyz(), 503);
          openGate(dir);
          await waitFor('its end on the host', () => subject.deeds.of(id).ends.length === 1);
          assert.is((await api.command(id)).status, 'EXECUTING', 'nothing is reported before it is stored');
          const queued = dispatchSurely(system, 'quick', 'host');

          disk.free();
          const output = `begin\n${Array.from({ length: 3000 }, (_, index) => `${index + 1}\n`).join('')}`;
          await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1, output });
          await expectSound(subject, await queued, { status: 'SUCCESS', starts: 1, output: 'quick\n' });
          assert.is(await readyz(), 200);
          assert.is((await api.commands('?op=quick')).length, 1, 'a refused command does not come back');
        },
        { prepare: (dir) => symlinkSync(disk.dir, join(dir, 'data')) },
      )();
    } finally {
      disk.close();
    }
  },
);

test.run();
