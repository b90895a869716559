import { appendFileSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { guardFolders } from '../../agent/fixtures/run-traces.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { guardsOf, type Host, NEW, OLD } from './guarded-host.ts';
import { activated, hostTest, nothingLeft } from './scene.ts';

hostTest('agent and guard killed: the next agent starts the guard again, and it goes on', async (host) => {
  const id = await activated(host);
  host.killAgent();
  const [guard = 0] = guardsOf(host.dir);
  process.kill(guard, 'SIGKILL');
  const before = host.hellos.length;
  host.startAgent();
  await waitFor('another guard', () => guardsOf(host.dir).some((pid) => pid !== guard));
  await waitFor('the agent', () => host.hellos.length > before);
  host.say({ type: 'command.keep', payload: { id } });
  const { guardEnd } = await host.shows('the end', ({ guardEnd }) => guardEnd?.commandId === id);
  assert.equal([guardEnd?.end, ...host.stands()], ['kept', ...NEW]);
});

/** All that lives ends, and /run is empty afterwards. */
function powerCut(host: Host): void {
  host.killAgent();
  for (const pid of guardsOf(host.dir)) process.kill(pid, 'SIGKILL');
  for (const folder of guardFolders(host.dir)) rmSync(folder, { recursive: true });
}

const boot = (host: Host) => {
  const system = host.stands()[2] ?? '';
  rmSync(host.file('current'));
  symlinkSync(host.file(`store/${system}`), host.file('current'));
  host.env.SWITCHYARD_BOOT_ID = `boot-${host.hellos.length}`;
  host.startAgent();
};

hostTest('after a power cut before any decision the host is on the old system, and says so', async (host) => {
  const id = await activated(host);
  powerCut(host);
  boot(host);
  const { guardEnd, guard } = await host.shows('the end', ({ guardEnd }) => guardEnd?.commandId === id);
  assert.equal([guardEnd?.end, guardEnd?.cause, guard, ...host.stands()], ['undone', 'reboot', null, ...OLD]);
  nothingLeft(host);
});

hostTest('after a power cut between profile and boot default the profile goes back', async (host) => {
  const id = await activated(host);
  appendFileSync(host.file('boot.new'), 'echo cut >>"$(dirname "$0")/../../../log"; exec sleep 600\n');
  host.say({ type: 'command.keep', payload: { id } });
  await waitFor('half a keep', () => /^cut$/m.test(host.log()));
  powerCut(host);
  boot(host);
  const { guardEnd } = await host.shows('the end', ({ guardEnd }) => guardEnd?.commandId === id);
  assert.equal([guardEnd?.end, guardEnd?.cause, ...host.stands()], ['undone', 'reboot', ...OLD]);
});

hostTest('after a power cut behind the boot default the keep goes on', async (host) => {
  const id = await activated(host);
  appendFileSync(
    host.file('boot.new'),
    `cd ${host.dir}; [ -e cut ] || { echo new >boot-default; touch cut; exec sleep 600; }\n`,
  );
  host.say({ type: 'command.keep', payload: { id } });
  await waitFor('a written loader', () => existsSync(host.file('cut')));
  powerCut(host);
  boot(host);
  const { guardEnd } = await host.shows('the end', ({ guardEnd }) => guardEnd?.commandId === id);
  assert.equal([guardEnd?.end, ...host.stands()], ['kept', ...NEW]);
});

test.run();
