import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { builtPrograms } from '../../scripts/built-programs.ts';
import { mountsMissing, testUnless } from '../../scripts/test-needs.ts';
import { PATIENCE_MS, waitFor } from '../../shared/fixtures/wait-for.ts';
import { createApi } from '../harness/api.ts';
import { mountSmallDisk } from '../harness/small-disk.ts';
import { swept } from '../harness/sweep.ts';
import { type System, startSystem } from '../harness/system.ts';

/** A place for a program's stdout and stderr where nothing can be written. */
type Place = {
  name: string;
  stdio: number | Socket;
  /** Makes room; resolves to everything that came through since, once it holds `wanted`. Null if no room can be made. */
  release: ((wanted: string) => Promise<string>) | null;
  close(): void;
};

const { coordinator: COORDINATOR } = await builtPrograms();

function onFullDisk(): Place {
  const disk = mountSmallDisk(1);
  const file = join(disk.dir, 'program.log');
  const stdio = openSync(file, 'a');
  disk.fill();
  return {
    name: 'a file on a full disk',
    stdio,
    async release(wanted) {
      disk.free();
      return await waitFor(
        wanted,
        () => readFileSync(file, 'utf8'),
        (text) => text.includes(wanted),
      );
    },
    close() {
      closeSync(stdio);
      disk.close();
    },
  };
}

function inPipe(dir: string, isGone: boolean): Place {
  const path = join(dir, `pipe-${process.hrtime.bigint()}`);
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stdio = openSync(path, constants.O_WRONLY);
  if (isGone) {
    closeSync(reader);
    return { name: 'a pipe whose reader is gone', stdio, release: null, close: () => closeSync(stdio) };
  }
  const filler = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  for (let isFull = false; !isFull; )
    try {
      writeSync(filler, Buffer.alloc(4096, '\n'));
    } catch {
      isFull = true;
    }
  closeSync(filler);
  return {
    name: 'a pipe whose reader stalls',
    stdio,
    async release(wanted) {
      const piece = Buffer.alloc(65_536);
      let text = '';
      const read = () => {
        try {
          text += piece.toString('utf8', 0, readSync(reader, piece));
        } catch {
          // There is nothing now.
        }
        return text;
      };
      return await waitFor(wanted, read, (found) => found.includes(wanted));
    },
    close() {
      closeSync(reader);
      closeSync(stdio);
    },
  };
}

/** Like journald's socket when it stalls. */
async function inSocket(dir: string): Promise<Place> {
  const path = join(dir, `socket-${process.hrtime.bigint()}`);
  const server = createServer({ pauseOnConnect: true }).listen(path);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const stdio = connect(path);
  await once(stdio, 'connect');
  const [reader] = await accepted;
  while (stdio.writableLength === 0) stdio.write(Buffer.alloc(4096, '\n'));
  return {
    name: 'a socket whose reader stalls',
    stdio,
    async release(wanted) {
      let text = '';
      reader.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      reader.resume();
      return await waitFor(
        wanted,
        () => text,
        (found) => found.includes(wanted),
      );
    },
    close() {
      reader.destroy();
      stdio.destroy();
      server.close();
    },
  };
}

const placesIn = async (dir: string): Promise<Place[]> => [
  onFullDisk(),
  inPipe(dir, false),
  inPipe(dir, true),
  await inSocket(dir),
];

/** Runs `body` with a system and each place; leaves nothing, whatever happens. */
const atEachPlace = (body: (system: System, place: Place) => Promise<void>) => async () => {
  const system = await startSystem();
  const places = await placesIn(system.dir);
  const tried = swept(places, 2);
  try {
    for (const place of tried) {
      console.log(`      ${place.name}`);
      await body(system, place);
    }
  } finally {
    for (const place of places) place.close();
    await system.close();
  }
};

async function leaves(child: ChildProcess): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const [status] = await Promise.race([exited, pause(PATIENCE_MS, ['it does not leave'], { ref: false })]);
  return status;
}

const diskTest = testUnless([mountsMissing()]);

diskTest(
  'an agent whose log can’t be written works on, and says later what it had to say',
  atEachPlace(async (system, { stdio, release }) => {
    const { coordinator } = system;
    const name = `web${process.hrtime.bigint()}`;
    const host = await system.addHost(name, { starts: false, ops: { greet: 'echo hello' } });
    const agent = spawn(process.execPath, [join(system.dir, 'agent.js')], {
      env: host.env,
      stdio: ['ignore', stdio, stdio],
    });
    try {
      await host.online();
      assert.is((await system.run('greet', name)).status, 'SUCCESS');
      await coordinator.kill('SIGKILL');
      await coordinator.start();
      await host.online();
      assert.is((await system.run('greet', name)).status, 'SUCCESS');
      const said = await release?.('"msg":"not connected"');
      if (said !== undefined) {
        const lines = said
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line));
        assert.equal(lines.map(({ msg }) => msg).filter((msg) => msg === 'connected').length > 0, true);
      }
      assert.is(await leaves(agent), 0);
    } finally {
      agent.kill('SIGKILL');
    }
  }),
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

diskTest(
  'a coordinator whose log can’t be written listens and works on, and says later what it had to say',
  atEachPlace(async ({ dir }, { stdio, release }) => {
    const [port, token] = [await freePort(), 'the-admin-token-of-tests'];
    const address = `http://127.0.0.1:${port}`;
    const env = {
      PATH: process.env.PATH,
      HOME: dir,
      SWITCHYARD_LISTEN: `127.0.0.1:${port}`,
      SWITCHYARD_ADMIN_TOKEN: token,
      SWITCHYARD_DATA_DIR: join(dir, `data-${port}`),
    };
    const child = spawn(process.execPath, [COORDINATOR], { env, stdio: ['ignore', stdio, stdio] });
    try {
      const isUp = async () => (await fetch(`${address}/healthz`).catch(() => null))?.status === 200;
      await waitFor('that it listens', isUp);
      // Each is a line in the log.
      for (let n = 0; n < 50; n += 1)
        assert.is((await fetch(`${address}/api/hosts`, { headers: { authorization: 'Bearer wrong' } })).status, 401);
      const api = createApi({ address, token });
      const { hostId } = await api.addHost('web1');
      assert.is((await api.host(hostId)).name, 'web1');
      await release?.('"msg":"listening"');
      assert.is(await leaves(child), 0);
    } finally {
      child.kill('SIGKILL');
    }
  }),
);

test.run();
