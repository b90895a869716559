import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { logLines } from '../harness/program.ts';
import { addSubject } from '../harness/subject.ts';
import { withSystem } from '../harness/system.ts';

test(
  'a host that was removed while it was away and registered again connects once and stays; its earlier command is reported',
  withSystem(async (system) => {
    const { api, dir } = system;
    const ops = {
      work: `while [ ! -e ${dir}/go ]; do echo line; sleep 0.05; done; exit 3`,
      done: `${waitAtGate(dir)}; exit 4`,
    };
    const subject = await addSubject(system, 'web1', { ops });
    const { host } = subject;
    const connects = () => logLines(host.logFile).filter(({ msg }) => msg === 'connected').length;

    for (const op of ['work', 'done']) {
      const before = (await api.host('web1')).id;
      const id = await system.dispatch(op, 'web1');
      await system.command(id, ({ startedAt }) => startedAt !== null);
      await host.agent.stop();
      if (op === 'done') openGate(dir);
      assert.is((await api.send('/api/hosts/web1', { method: 'DELETE' })).status, 204);
      const { hostId, token } = await api.addHost('web1');
      assert.is.not(hostId, before);
      writeFileSync(host.tokenFile, `${token}\n`);
      const earlier = connects();
      host.agent.start();

      const former = async () =>
        (await api.events(`?host=${hostId}&limit=100`))
          .filter(({ code }) => code === 'former_command')
          .map(({ message }) => message);
      if (op === 'work') {
        await waitFor('its running command', async () =>
          (await former()).some((message) => message.includes('still runs')),
        );
        // Its output goes on, in more frames than the limit of bad ones per connection.
        const outputBytes = () => statSync(join(host.stateDir, 'spool', id, 'output')).size;
        const until = outputBytes() + 60 * 'line\n'.length;
        await waitFor('three seconds of its output', () => outputBytes() >= until);
        writeFileSync(`${dir}/go`, '');
      }
      const exit = op === 'work' ? 3 : 4;
      await waitFor('its end', async () => (await former()).some((message) => message.includes(`exit code ${exit}`)));
      const { status, code } = await api.command(id);
      assert.equal([status, code], ['LOST', 'host_removed']);
      assert.is((await system.run('next', hostId, { queueMs: 30_000 })).status, 'SUCCESS');
      assert.is(connects(), earlier + 1, 'it connected once and stayed');
    }
  }),
);

test.run();
