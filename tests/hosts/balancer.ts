import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolPath } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { blockOf, filledIn } from '../harness/page.ts';
import { endProgram, readLog, startProgram } from '../harness/program.ts';
import { freePort } from '../harness/shared-database.ts';

/** HAProxy with the configuration of docs/high-availability.md: one name for two coordinators. */
export type Balancer = { readonly address: string; close(): Promise<void> };

/** Starts it without TLS. `coordinators`: two, as `http://ADDRESS:PORT`. */
export async function startBalancer([one = '', two = '']: readonly string[]): Promise<Balancer> {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-balancer-'));
  const port = await freePort();
  const file = join(dir, 'haproxy.cfg');
  const logFile = join(dir, 'log');
  writeFileSync(
    file,
    filledIn(blockOf('high-availability.md', 'option httpchk GET /readyz'), {
      'bind :443 ssl crt /etc/haproxy/fleet.pem': `bind 127.0.0.1:${port}`,
      'one.example.com:8080': new URL(one).host,
      'two.example.com:8080': new URL(two).host,
    }),
  );
  chmodSync(dir, 0o755);
  const program = startProgram({
    argv: [toolPath('haproxy') ?? '', '-db', '-f', file],
    env: { PATH: process.env.PATH ?? '' },
    logFile,
  });
  const address = `http://127.0.0.1:${port}`;
  let isOver = false;
  void program.exited.then(() => {
    isOver = true;
  });
  const close = async () => {
    await endProgram(program);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await waitFor('HAProxy', async () => {
      if (isOver) return true;
      return await fetch(`${address}/healthz`).then(Boolean, () => false);
    });
    if (isOver) throw new Error(`HAProxy ended: ${readLog(logFile)}`);
  } catch (error) {
    await close();
    throw error;
  }
  return { address, close };
}
