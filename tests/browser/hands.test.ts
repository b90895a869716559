import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { button, openStage, seen } from './fixtures/stage.ts';

/** Mistakes and shortcuts of hands: a click too many, a range, a wrong name. */

const stage = openStage();
const api = () => stage.fleet().coordinator.api;

stage.browserTest('a double click on Wait answers one host, not the next one that comes up', async (page) => {
  const hosts = [await stage.newHost(), await stage.newHost()];
  const ids = await Promise.all(hosts.map((host) => host.begin('test')));
  for (const id of ids) await stage.asks(id);
  await page.goto(`${stage.address()}/attention`);
  await seen(page, hosts[1]?.name ?? '');
  const [first] = await page.locator('.attention li').all();
  const name = await first?.locator('.attention-head a').innerText();
  const box = await first?.getByRole('button', { name: 'Wait 5 min' }).boundingBox();
  assert.ok(box);
  const at = [box.x + box.width / 2, box.y + box.height / 2] as const;
  await page.mouse.click(...at);
  await page.locator('.attention li', { hasText: 'Settled' }).waitFor();
  // Late for a double click, and still meant for the first.
  await page.mouse.click(...at, { clickCount: 2 });
  const answered = () => Promise.all(ids.map(async (id) => (await stage.command(id)).extendedMs > 0));
  const answers = await waitFor('an answer', answered, (all) => all.includes(true));
  assert.is(answers.filter(Boolean).length, 1);
  assert.is(name, hosts[answers.indexOf(true)]?.name);
  await page.mouse.move(1, 1);
  await page.locator('.attention li', { hasText: 'Settled' }).waitFor({ state: 'detached' });
  for (const host of hosts) await host.leave();
});

stage.browserTest('several that ask are answered at once; each card says what is needed to decide', async (page) => {
  const hosts = [await stage.newHost(), await stage.newHost(), await stage.newHost()];
  const [first] = hosts;
  if (!first) throw new Error('no host');
  // That it succeeded before says what it usually takes.
  first.end(await first.begin('test'), { report: { checks: {} } });
  await waitFor(
    'it to end',
    () => api().host(first.name),
    ({ activeCommandId }) => activeCommandId === null,
  );
  const ids = await Promise.all(hosts.map((host) => host.begin('test')));
  for (const [n, host] of hosts.entries()) host.write(ids[n] ?? '', 0, `\u001b[32mrunning\u001b[0m\nstep ${n} of 4\n`);
  for (const id of ids) await stage.asks(id);
  await page.goto(`${stage.address()}/attention`);
  const card = page.locator('.attention li', { hasText: first.name });
  await card.getByText('step 0 of 4').waitFor();
  await card.getByText(/usually takes 0:0\d here|has never succeeded here/).waitFor();
  await button(page, /Select all \d+ that ask/).click();
  await page.getByRole('toolbar').getByRole('button', { name: 'Wait 15 min' }).click();
  for (const id of ids) await stage.commandWhen(id, ({ extendedMs }) => extendedMs > 14 * 60_000);
  await seen(page, /Waiting longer for \d+ commands/);
  for (const host of hosts) await host.leave();
});

stage.browserTest('a host that failed needs somebody, once, until it has succeeded', async (page) => {
  const host = await stage.newHost();
  host.end(await host.begin('check-version'), {
    exitCode: 3,
    evidence: { errorLine: { text: 'error: no', offset: 0 } },
  });
  await page.goto(`${stage.address()}/attention`);
  const cards = page.locator('.attention li', { hasText: host.name });
  await cards.getByText('check-version failed: Exited with status 3: error: no').waitFor();
  assert.is(await cards.count(), 1);
  host.end(await host.begin('check-version'));
  await cards.waitFor({ state: 'detached' });
});

stage.browserTest('a new token is in its row, has the focus, and says what to paste', async (page) => {
  const hosts = [await stage.newHost(), await stage.newHost()];
  await page.goto(`${stage.address()}/settings`);
  const name = hosts[0]?.name ?? '';
  await button(page, `New token… ${name}`).click();
  await button(page, /^New token$/).click();
  const panel = page.getByRole('group', { name: `The token of ${name}` });
  await panel.getByText('The old one no longer works.').waitFor();
  assert.match(
    await panel.innerText(),
    /echo \S{20,} \| install -D -m 0600 \/dev\/stdin \/etc\/switchyard\/token && systemctl restart/,
  );
  assert.ok(await panel.evaluate((one) => one === document.activeElement));
  const row = await page
    .getByRole('row', { name: new RegExp(name) })
    .first()
    .boundingBox();
  const shown = await panel.boundingBox();
  assert.ok(row && shown && Math.abs(shown.y - (row.y + row.height)) < 16, 'it stands below its row');
});

stage.browserTest('two Enters from the palette reboot nothing', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('pull');
  await page.goto(stage.address());
  await seen(page, host.name);
  await page.keyboard.press('Control+k');
  await page.keyboard.type(`reboot ${host.name}`);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: `Reboot ${host.name}` });
  await dialog.getByText(`A reboot cuts this off: pull on ${host.name}.`).waitFor();
  await dialog.getByText('Force: reboot also in the middle of an activation').waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  host.end(id);
  await stage.commandWhen(id, ({ finishedAt }) => finishedAt !== null);
  assert.not.ok(host.agent().frames.some(({ type, payload }) => type === 'command.run' && payload.op === 'reboot'));
});

stage.browserTest('a range, a tag, a compartment and the counts; arrows go through the list', async (page) => {
  for (const name of ['range1', 'range2', 'range3', 'range4']) {
    await stage.fleet().addHost(name);
    await page.request.patch(`${stage.address()}/api/hosts/${name}`, {
      data: { tags: name === 'range4' ? ['odd'] : ['even'] },
      headers: { origin: stage.address() },
    });
  }
  await page.goto(`${stage.address()}/?q=range`);
  await page.locator('.count', { hasText: 'All' }).getByText('4', { exact: true }).waitFor();
  await page.getByLabel('Select range1').click();
  await page.getByLabel('Select range3').click({ modifiers: ['Shift'] });
  await seen(page, '3 hosts selected');
  await page.locator('.fleet-row', { hasText: 'range4' }).getByRole('link', { name: 'odd' }).click();
  await page.waitForURL(/q=tag%3Aodd/);
  assert.is(await page.locator('.fleet-row').count(), 1);
  await seen(page, '3 hosts selected');
  await page.getByRole('searchbox').fill('range');
  await page
    .locator('.fleet-row', { hasText: 'range2' })
    .getByRole('link', { name: /^git ok/ })
    .click();
  await page.waitForURL(/q=git%3Aok/);
  await page.getByRole('searchbox').fill('range');
  await page.getByLabel('Select range1').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  assert.is(await focused(), 'range2');
  await page.keyboard.press('ArrowUp');
  assert.is(await focused(), 'range1');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
});

stage.browserTest('name and tags are edited where the host is', async (page) => {
  const host = await stage.newHost();
  await page.goto(`${stage.address()}/hosts/${host.name}`);
  await button(page, 'Name and tags…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Tags').fill('web, prod');
  await dialog.getByLabel('Name').fill(`${host.name}-new`);
  await button(page, 'Save').click();
  await page.waitForURL(new RegExp(`/hosts/${host.name}-new$`));
  await page.getByRole('link', { name: 'prod' }).waitFor();
  assert.equal((await api().host(`${host.name}-new`)).tags, ['prod', 'web']);
});

stage.browserTest('a host that is already current counts as no failure', async (page) => {
  const hosts = [await stage.newHost(), await stage.newHost()];
  const { answer } = await api().dispatch({ op: 'pull', hosts: hosts.map(({ name }) => name) });
  await page.goto(`${stage.address()}/dispatches/${answer.dispatchId}`);
  await seen(page, '2 already current');
  await seen(page, '2 of 2 hosts done');
  assert.is(await page.getByText(/failed/).count(), 0);
  assert.equal(await page.locator('.results-row .badge').allInnerTexts(), ['Already current', 'Already current']);
});

test.run();
