import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { guardFolders } from '../../agent/fixtures/run-traces.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Report } from '../../shared/model/report.ts';
import { guardsOf, type Host, startHost } from './guarded-host.ts';

let open: Host[] = [];
test.after.each(async () => {
  for (const host of open) await host.close();
  open = [];
});

export const hostTest = (
  title: string,
  body: (host: Host) => Promise<void>,
  options: Parameters<typeof startHost>[0] = {},
  on: (title: string, body: () => Promise<void>) => void = test,
) =>
  on(title, async () => {
    const host = await startHost(options);
    open.push(host);
    try {
      await body(host);
    } catch (error) {
      console.log(host.agentLog().slice(-4_000), host.log());
      throw error;
    }
  });

export const isActivated = ({ guard }: Report) => guard?.state === 'activated';

/** A finished guarded rollback, as the instance that came back after it reports it. */
export async function activated(host: Host, options = {}): Promise<string> {
  const id = host.rollback(options);
  const before = host.hellos.length;
  const exit = await host.exited(id);
  assert.equal([exit.exitCode, exit.evidence?.guarded], [0, true], host.agentLog());
  await waitFor('the agent back', () => host.hellos.length > before);
  await host.shows('the guard', isActivated);
  return id;
}

export const nothingLeft = (host: Host) => {
  assert.is(host.plan(), null);
  assert.equal(guardsOf(host.dir), []);
  assert.equal(guardFolders(host.dir), []);
  assert.equal(readdirSync(host.file('nix/gcroots')), []);
};
