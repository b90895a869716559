import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { button, openStage, seen } from './fixtures/stage.ts';

/** A person's ways through the pages, by pointer and by keyboard. */

const stage = openStage();

stage.browserTest('a wrong token is refused in words, the right one opens the fleet', async (page) => {
  await page.context().clearCookies();
  await page.goto(stage.address());
  await page.getByLabel('Token', { exact: true }).fill('wrong');
  await button(page, 'Sign in').click();
  await seen(page, 'The coordinator does not accept this token.');
  await page.getByLabel('Token', { exact: true }).fill(stage.fleet().token);
  await button(page, 'Sign in').click();
  await seen(page, 'No hosts yet');
  await seen(page, 'switchyard host add web1');
});

stage.browserTest('a link with the token signs in, and the token stays in no address', async (page) => {
  await page.context().clearCookies();
  await page.goto(`${stage.address()}/settings#token=${stage.fleet().token}`);
  await seen(page, 'Hosts and tokens');
  assert.is(page.url(), `${stage.address()}/settings`);
  await page.context().clearCookies();
  await page.goto(`${stage.address()}/events#token=wrong`);
  await page.getByLabel('Token', { exact: true }).waitFor();
  assert.is(page.url(), `${stage.address()}/events`);
});

stage.browserTest('such a link also works in a page that is open already', async (page) => {
  await page.context().clearCookies();
  await page.goto(`${stage.address()}/settings`);
  await page.getByLabel('Token', { exact: true }).waitFor();
  await page.evaluate((token) => {
    location.hash = `token=${token}`;
  }, stage.fleet().token);
  await seen(page, 'Hosts and tokens');
  assert.is(page.url(), `${stage.address()}/settings`);
});

stage.browserTest('a tab is named after its page', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('pull');
  const called = (title: string) => page.waitForFunction((wanted) => document.title === wanted, title);
  for (const [path, title] of [
    ['/', 'Switchyard'],
    [`/hosts/${host.name}`, `${host.name} · Switchyard`],
    [`/commands/${id}`, `pull on ${host.name} · Switchyard`],
    ['/rollouts/new', 'New rollout · Switchyard'],
    ['/events?level=error', 'Events · Switchyard'],
    ['/dispatches', 'Dispatches · Switchyard'],
    ['/nowhere', 'Switchyard'],
  ] as const) {
    await page.goto(stage.address() + path);
    await called(title);
  }
  host.end(id, { evidence: {} });
  await page.goto(`${stage.address()}/commands/${id}`);
  await seen(page, 'Details');
  await seen(page, `pull on ${host.name} succeeded`);
  assert.is(await page.getByRole('heading', { name: 'Evidence' }).count(), 0, 'there is none to show');
});

stage.browserTest('signing out signs out every page of that browser, at once', async (page) => {
  await page.goto(`${stage.address()}/settings`);
  const other = await page.context().newPage();
  await other.goto(`${stage.address()}/events`);
  await seen(other, 'admin signed in from 127.0.0.1');
  await button(page, 'Sign out').click();
  await page.getByLabel('Token', { exact: true }).waitFor();
  await other.getByLabel('Token', { exact: true }).waitFor();
});

stage.browserTest(
  'an op is run on a selection, each host answers, and only the failed are tried again',
  async (page) => {
    const [one, two, gone] = [await stage.newHost(), await stage.newHost(), await stage.newHost()];
    await gone.leave();
    await page.goto(stage.address());
    for (const { name } of [one, two, gone]) await page.getByLabel(`Select ${name}`).check();
    assert.match(new URL(page.url()).searchParams.get('sel') ?? '', new RegExp(`${one.name},${two.name}`));
    await page.getByRole('toolbar').getByRole('button', { name: 'Run…' }).click();
    await page.getByRole('combobox', { name: 'Op' }).selectOption('check-version');
    await button(page, 'Run check-version on 3 hosts').click();
    await seen(page, 'The host is offline');
    const dialog = page.getByRole('dialog');
    assert.is(await dialog.locator('.results-row').first().locator('.badge').innerText(), 'Blocked', 'failures first');
    await seen(page, '1 of 3 hosts done');
    await button(page, 'Retry 1 failed…').click();
    await button(page, `Run check-version on ${gone.name}`).waitFor();
  },
);

stage.browserTest(
  'a kill that had nothing to kill is not offered again: it would end what runs by then',
  async (page) => {
    const host = await stage.newHost();
    const { answer } = await stage.fleet().coordinator.api.dispatch({ op: 'kill', hosts: [host.name] });
    await host.begin('pull');
    await page.goto(`${stage.address()}/dispatches/${answer.dispatchId}`);
    await seen(page, '1 failed');
    for (const name of [/Retry/, /Queue/, /Force/]) assert.is(await button(page, name).count(), 0, String(name));
    await page.goto(`${stage.address()}/commands/${answer.results[0]?.commandId}`);
    await seen(page, `kill on ${host.name} did not run`);
    for (const name of [/Queue/, /Force/]) assert.is(await button(page, name).count(), 0, String(name));
  },
);

stage.browserTest('a blocked switch offers its alternative and Force', async (page) => {
  const host = await stage.newHost();
  const { answer } = await stage.fleet().coordinator.api.dispatch({ op: 'pull', hosts: [host.name] });
  await page.goto(`${stage.address()}/commands/${answer.results[0]?.commandId}`);
  await seen(page, `pull on ${host.name} had nothing to do`);
  await button(page, 'Force…').click();
  await button(page, `Run pull on ${host.name}`).click();
  const { id } = await host.agent().next('command.run');
  assert.is((await stage.command(id)).force, true);
});

stage.browserTest('a kill asks in place, names its target, and is seen through to its end', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('pull');
  await page.goto(`${stage.address()}/commands/${id}`);
  await button(page, 'Kill…').click();
  await seen(page, `Kill pull on ${host.name} (pid 4121)?`);
  await button(page, /^Kill$/).click();
  const kill = await host.agent().next('command.kill');
  assert.is(kill.id, id);
  await seen(page, 'Killing');
  host.agent().send('command.killing', { id, stage: 'term', survivors: 1, at: Date.now() });
  host.agent().send('command.exited', {
    id,
    exitCode: null,
    signal: 'SIGTERM',
    lost: false,
    startedAt: 1,
    endedAt: 2,
    outputBytes: 0,
    kill: { termAt: Date.now(), killAt: null },
  });
  await seen(page, 'was killed');
  assert.is((await stage.command(id)).status, 'KILLED');
});

stage.browserTest('by keyboard alone: find a host, switch it, answer its timeout, link a line', async (page) => {
  const system = { status: 'outdated' as const, message: 'the configuration builds another', checkedAt: Date.now() };
  const host = await stage.newHost({ report: { checks: { system } } });
  await page.goto(stage.address());
  await seen(page, host.name);
  let pressed = 0;
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
    pressed += keys.length;
  };
  await press('Control+k');
  await page.keyboard.type(`switch ${host.name}`);
  await press('Enter');
  await button(page, `Run switch on ${host.name}`).waitFor();
  await press('Enter');
  const { id } = await host.agent().next('command.run');
  host.agent().send('command.accepted', { id });
  host.write(id, 0, 'first\nsecond\nthird\n');
  await stage.asks(id);

  await press('Escape', 'Control+k');
  await page.keyboard.type(`command on ${host.name}`);
  await press('Enter');
  await seen(page, 'Waiting for your decision.');
  await page.waitForFunction(() => document.activeElement?.id === 'main');
  /** Tab until what has the focus is called so. */
  const tabTo = async (name: string) => {
    for (let tabs = 0; tabs < 30; tabs += 1) {
      await press('Tab');
      const words = await page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
      );
      if (words?.startsWith(name)) return;
    }
    throw new Error(`Tab does not come to ${name}`);
  };
  await tabTo('Wait 5 min');
  await press('Enter');
  await stage.commandWhen(id, ({ extendedMs }) => extendedMs > 0);
  await tabTo('Output lines');
  await press('Home', 'ArrowDown', 'Enter');
  await page.waitForURL(/at=6$/);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.is(link, page.url());
  await page.goto(link);
  await page.locator('.line.cursor').getByText('second').waitFor();
  console.log(`# by keyboard alone: ${pressed} keys beside what was typed`);
});

test.run();
