import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive } from '../../shared/command.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { startShell } from '../cli/fixtures/command-line.ts';
import type { TestHost } from '../harness/host.ts';
import type { TestProxy } from '../harness/proxy.ts';
import { shareSystem } from '../harness/shared-system.ts';
import type { System } from '../harness/system.ts';

/**
 * `switchyard run big && switchyard logs big | cat > FILE`, of 50 MB, whatever happens meanwhile: FILE is what the command wrote,
 * byte for byte, or the line ends with 3 and says how many of how many bytes there are.
 */

const BYTES = randomBytes(50 * 1024 * 1024);
/** Delayed by this much each way, 50 MB take some seconds, so the result overtakes the output. */
const DELAY_MS = 30;

const inSystem = shareSystem(test);

type Scene = { system: System; host: TestHost; agentProxy: TestProxy; cliProxy: TestProxy; file: string };

async function setUp(system: System, name: string): Promise<Scene> {
  const source = join(system.dir, `${name}.source`);
  writeFileSync(source, BYTES);
  const [agentProxy, cliProxy] = [await system.addProxy(), await system.addProxy()];
  const host = await system.addHost(name, { address: agentProxy.address, ops: { big: `cat '${source}'` } });
  return { system, host, agentProxy, cliProxy, file: join(system.dir, `${name}.log`) };
}

/** The whole line; its status is that of the first of the two that does not end with 0. */
function startLine({ system, host: { name }, cliProxy, file }: Scene, runFlags = '') {
  rmSync(file, { force: true });
  const line = `switchyard run big --on ${name} ${runFlags} && switchyard logs ${name} | cat > '${file}'; exit \${PIPESTATUS[0]}`;
  return startShell(system, line, { SWITCHYARD_SERVER: cliProxy.address });
}

/** The command has ended, and some of its output is still to come. */
const whileArriving = ({ system, host }: Scene) =>
  waitFor(
    'a result that has overtaken its output',
    async () => (await system.api.commands(`?host=${host.name}&limit=1`))[0],
    (command) => command !== undefined && !isActive(command.status) && command.output.bytes < command.output.total,
  );

/** `logs` has begun to write, and there is more to come. */
async function whileCopying(scene: Scene): Promise<void> {
  const { file } = scene;
  await waitFor('the first of FILE', () => existsSync(file) && statSync(file).size > 0);
  await whileArriving(scene);
}

const FAULTS: Record<string, (scene: Scene) => void | Promise<void>> = {
  'the agent’s connection is cut': ({ agentProxy }) => agentProxy.cut(),
  'the agent is killed': ({ host }) => host.agent.kill('SIGKILL'),
  'the command line’s connection is cut': ({ cliProxy }) => cliProxy.cut(),
  async 'the coordinator is killed'({ system: { coordinator } }) {
    await coordinator.kill('SIGKILL');
    await coordinator.start();
  },
};

test(
  'undisturbed, two times',
  inSystem(async (system) => {
    const scene = await setUp(system, 'plain');
    for (const _ of [1, 2]) {
      const { status, err } = await startLine(scene).ended;
      assert.is(status, 0, err);
      assert.ok(readFileSync(scene.file).equals(BYTES), `${statSync(scene.file).size} bytes`);
    }
  }),
);

test(
  'while run waits for the output, and while logs copy it: over each fault once',
  inSystem(async (system) => {
    const scene = await setUp(system, 'disturbed');
    scene.agentProxy.delay(DELAY_MS);
    for (const [name, fault] of Object.entries(FAULTS))
      for (const during of ['run', 'logs']) {
        const line = startLine(scene, during === 'run' ? '' : '--no-wait');
        await (during === 'run' ? whileArriving(scene) : whileCopying(scene));
        await fault(scene);
        const { status, err } = await line.ended;
        assert.is(status, 0, `${name} during ${during}: ${err}`);
        assert.ok(
          readFileSync(scene.file).equals(BYTES),
          `${name} during ${during}: ${statSync(scene.file).size} bytes`,
        );
        await scene.host.online();
      }
  }),
);

test(
  'where the host goes for good, both say how many of how many bytes there are, and end with 3',
  inSystem(async (system) => {
    const [first, second] = [await setUp(system, 'gone-in-run'), await setUp(system, 'gone-in-logs')];
    const lines = [startLine(first), startLine(second, '--no-wait')];
    for (const { agentProxy } of [first, second]) agentProxy.delay(DELAY_MS);
    await Promise.all([whileArriving(first), whileCopying(second)]);
    await Promise.all([first, second].map(({ host }) => host.agent.stop()));
    const [inRun, inLogs] = await Promise.all(lines.map(({ ended }) => ended));
    const said =
      / (\d+) of 52428800 bytes of the output are here; gone-in-\w+ is offline, and may send the rest when it returns\n$/;
    for (const ended of [inRun, inLogs]) {
      assert.is(ended?.status, 3, ended?.err);
      assert.match(ended?.err ?? '', said);
    }
    assert.match(inRun?.out ?? '', /✓ gone-in-run big SUCCESS/);
    assert.not.ok(existsSync(first.file), 'nothing was copied after run had said so');
    const [, held] = said.exec(inLogs?.err ?? '') ?? [];
    const copied = readFileSync(second.file);
    assert.is(copied.length, Number(held));
    assert.ok(copied.equals(BYTES.subarray(0, copied.length)));
  }),
);

test.run();
