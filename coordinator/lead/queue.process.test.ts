import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { withQueue } from './queue.ts';

const STANDBY = fileURLToPath(new URL('fixtures/standby-process.ts', import.meta.url));
/** Over Node's default of 511, below Linux's default of 4,096. */
const AGENTS = 1_500;

test('a fleet that connects while the coordinator is busy waits in the queue, and none has to try again', async () => {
  const child = spawn(process.execPath, [STANDBY], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sockets: Socket[] = [];
  try {
    const [line] = await once(child.stdout, 'data');
    // Stopped, it accepts nothing: what connects is in the kernel's queue.
    child.kill('SIGSTOP');
    let connected = 0;
    for (let made = 0; made < AGENTS; made += 1)
      sockets.push(connect(Number(line), '127.0.0.1', () => (connected += 1)).on('error', () => {}));
    await waitFor('all to be connected', () => connected === AGENTS);
  } finally {
    for (const socket of sockets) socket.destroy();
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

test('an address keeps its host and port', () => {
  const { host, port } = withQueue({ host: '::1', port: 7 });
  assert.equal([host, port], ['::1', 7]);
});

test.run();
