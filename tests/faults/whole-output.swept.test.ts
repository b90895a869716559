import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { isActive } from '../../shared/model/command.ts';
import { startShell } from '../cli/fixtures/command-line.ts';
import { atOnce } from '../harness/at-once.ts';
import type { TestHost } from '../harness/host.ts';
import type { TestProxy } from '../harness/proxy.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { IS_WHOLE } from '../harness/sweep.ts';
import type { System } from '../harness/system.ts';

/**
 * `switchyard run big && switchyard logs big | cat > FILE`, with 50 MB in `npm run long`. Whatever happens meanwhile, FILE has the
 * command's output byte for byte, or the line ends with 3 and says how many of how many bytes there are.
 */

const BYTES = randomBytes((IS_WHOLE ? 50 : 16) * 1024 * 1024);
/** Delayed by this much each way, the output takes seconds, so that the result overtakes it. */
const DELAY_MS = IS_WHOLE ? 30 : 120;

const inSystem = shareSystem(test);
const together = atOnce(test, 2);

type Scene = { system: System; host: TestHost; agentProxy: TestProxy; cliProxy: TestProxy; file: string };

/** A host with a command `big` that writes the output. */
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

// First, since it waits longest: 45 s for a host that is gone.
together(
  'where the host goes for good, both say how many of how many bytes there are, and end with 3',
  inSystem(async (system) => {
    const first = await setUp(system, 'gone-in-run');
    const second = await setUp(system, 'gone-in-logs');
    const lines = [startLine(first), startLine(second, '--no-wait')];
    for (const { agentProxy } of [first, second]) agentProxy.delay(DELAY_MS);
    await Promise.all([whileArriving(first), whileCopying(second)]);
    await Promise.all([first, second].map(({ host }) => host.agent.stop()));
    const [inRun, inLogs] = await Promise.all(lines.map(({ ended }) => ended));
    const said = new RegExp(
      ` (\\d+) of ${BYTES.length} bytes of the output are here; gone-in-\\w+ is offline, and may send the rest when it returns\n$`,
    );
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

together(
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

/** Strikes while the first scene's command line waits in `run` for the output, and the second's copies it in `logs`. */
async function overcomes(
  system: System,
  name: string,
  strike: (inRun: Scene, inLogs: Scene) => unknown,
): Promise<void> {
  const scenes = [await setUp(system, `${name}-run`), await setUp(system, `${name}-logs`)] as const;
  const [inRun, inLogs] = scenes;
  for (const { agentProxy } of scenes) agentProxy.delay(DELAY_MS);
  const lines = [startLine(inRun), startLine(inLogs, '--no-wait')];
  await Promise.all([whileArriving(inRun), whileCopying(inLogs)]);
  await strike(inRun, inLogs);
  const ends = await Promise.all(lines.map(({ ended }) => ended));
  for (const [at, { host, file }] of scenes.entries()) {
    assert.is(ends[at]?.status, 0, `${host.name}: ${ends[at]?.err}`);
    assert.ok(readFileSync(file).equals(BYTES), `${host.name}: ${statSync(file).size} bytes`);
    await host.online();
  }
}

const each =
  (strike: (scene: Scene) => void) =>
  (...scenes: Scene[]) =>
    scenes.forEach(strike);

const FAULTS: [name: string, title: string, strike: (scene: Scene) => void][] = [
  ['unplugged', 'the agent’s connection is cut', ({ agentProxy }) => agentProxy.cut()],
  ['agentless', 'the agent is killed', ({ host }) => void host.agent.kill('SIGKILL')],
  ['unheard', 'the command line’s connection is cut', ({ cliProxy }) => cliProxy.cut()],
];

for (const [name, title, strike] of FAULTS)
  together(
    `while run waits for the output, and while logs copy it: ${title}`,
    inSystem((system) => overcomes(system, name, each(strike))),
  );

test(
  'while run waits for the output, and while logs copy it: the coordinator is killed',
  inSystem((system) =>
    overcomes(system, 'orphaned', async () => {
      await system.coordinator.kill('SIGKILL');
      await system.coordinator.start();
    }),
  ),
);

test.run();
