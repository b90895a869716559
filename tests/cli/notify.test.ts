import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startHttpReceiver } from '../../coordinator/notify/fixtures/http-receiver.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Receiver } from '../../shared/model/notify.ts';
import { type Coordinator, startCoordinator } from '../harness/coordinator.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { run } from './fixtures/command-line.ts';

/** Receivers of notices on the command line. */

const dir = makeFolder('switchyard-cli-notify-');
let coordinator: Coordinator;
let status = 404;
const hook = await startHttpReceiver((_, response) => void response.writeHead(status).end());

test.before(async () => {
  const config = `[[notify]]\nname = "ops"\nkind = "ntfy"\nurl = "${hook.url}/topic"\nevents = ["info"]\ndigestMs = 0`;
  coordinator = await startCoordinator({ dir, env: {}, config });
});
test.after(async () => {
  await coordinator.stop();
  await hook.close();
  await clearFolder(dir);
});

const asked = (line: string) => run({ dir, coordinator }, line);

test('a receiver that refuses is shown with its reason, in attention too, until it takes a test', async () => {
  const never = await asked('notify list');
  assert.match(never.out, /^ops +ntfy +127\.0\.0\.1:\d+ +never delivered *\n$/);
  await coordinator.api.addHost('web1');
  await waitFor('a notice that was given up', async () => (await asked('notify list')).out.includes('1 given up'));
  assert.match((await asked('notify list')).out, /failed just now: HTTP 404/);
  const waits = await asked('attention');
  assert.match(waits.out, /✕ notices +not told +just now +switchyard notify list +ops \(ntfy\) was not told a notice/);
  const refused = await asked('notify test ops');
  assert.equal([refused.status, refused.err], [1, 'ops did not take the test: HTTP 404\n']);
  status = 200;
  const taken = await asked('notify test ops --json');
  assert.equal([taken.status, JSON.parse(taken.out)], [0, { delivered: true, error: null }]);
  assert.match((await asked('attention')).err, 'Nothing needs you');
  const [receiver] = JSON.parse((await asked('notify list --json')).out) as Receiver[];
  // The first test is an event of the audit, which may have been refused too.
  assert.is(receiver?.lastError, null);
  assert.ok((receiver?.givenUp ?? 0) >= 1);
  assert.is((await asked('notify test nobody')).status, 2, 'there is no such receiver');
});

test.run();
