import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { witnessFolder } from '../../agent/fixtures/run-traces.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { endProgram, startProgram } from '../harness/program.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { baseEnv } from '../harness/system.ts';
import { run, startOnTerminal, startRun } from './fixtures/command-line.ts';

const inSystem = shareSystem(test);

test(
  'host add shows what to paste, then waits until the agent has connected',
  inSystem(async (system) => {
    const piped = startRun(system, 'host add web1 --platform systemd --watch');
    await waitFor('that it waits', () => piped.soFar.err.includes('waiting for web1…'));
    const { out, err } = piped.soFar;
    assert.match(out, /^[\w-]{40,}\n$/, 'the token alone is data');
    assert.match(err, /SWITCHYARD_URL=ws:\/\/127\.0\.0\.1:\d+\n/);
    assert.not.match(err, 'nixosModules');

    const dir = join(system.dir, 'web1');
    mkdirSync(dir);
    writeFileSync(join(dir, 'token'), out, { mode: 0o600 });
    const env = {
      ...baseEnv(system.dir),
      SWITCHYARD_URL: system.coordinator.address.replace('http', 'ws'),
      SWITCHYARD_TOKEN_FILE: join(dir, 'token'),
      SWITCHYARD_PLATFORM: 'custom',
      SWITCHYARD_LAUNCHER: 'process',
      SWITCHYARD_STATE_DIR: join(dir, 'state'),
    };
    const argv = [process.execPath, join(system.dir, 'agent.js')] as const;
    const agent = startProgram({ argv: [...argv], env, logFile: join(dir, 'agent.log') });
    const ended = await piped.ended;
    assert.is(ended.status, 0);
    assert.match(ended.err, /✓ web1 is online: custom, agent \d/);
    await endProgram(agent);
    rmSync(witnessFolder(join(dir, 'state')), { recursive: true, force: true });

    // In a pipe it does not wait; on a terminal it does, and Ctrl-C leaves.
    assert.is((await run(system, 'host add web2')).status, 0);
    const typed = startOnTerminal(system, 'host add web3');
    const seen = () => stripVTControlCharacters(typed.soFar.out);
    await waitFor('that it waits', () => seen().includes('waiting for web3…'));
    for (const word of ['NixOS', 'nix-darwin', 'home-manager', 'systemd']) assert.match(seen(), word);
    typed.child.stdin?.write('\u0003');
    assert.is((await typed.ended).status, 130);
    assert.is((await run(system, 'host add web4 --platform windows')).status, 2);
  }),
);

test(
  'enrolment tokens are made, listed and removed, and waiting hosts approved and refused by name or state',
  inSystem(async (system) => {
    const made = await run(system, 'enrol create --tag web --names web*,db1 --uses 10 --expires 7d --approve');
    assert.match(made.out, /^[\w-]{40,}\n$/);
    assert.match(made.err, /enrols at most 10 hosts, named web\* or db1, tagged web, each with an approval/);
    const token = made.out.trim();
    const ask = async (hostname: string, stateId = randomUUID(), stateSecret: string = randomUUID()) => {
      const response = await fetch(`${system.coordinator.address}/api/agent/enrol`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ hostname, platform: 'nixos', stateId, stateSecret }),
      });
      return { status: response.status, again: () => ask(hostname, stateId, stateSecret), stateId };
    };
    const [one, other, twin] = [await ask('web21'), await ask('db1'), await ask('db1')];
    assert.equal([one.status, other.status, twin.status], [202, 202, 202]);
    assert.match((await run(system, 'attention')).out, /new host.*asks to enrol.*switchyard enrol waiting/);
    assert.match(
      (await run(system, 'enrol waiting')).out,
      /^web21 +waits for an approval +nixos at 127\.0\.0\.1 +state /m,
    );
    assert.is((await run(system, 'enrol approve web21')).status, 0);
    assert.is((await one.again()).status, 200);
    const ambiguous = await run(system, 'enrol refuse db1');
    assert.is(ambiguous.status, 2);
    assert.match(ambiguous.err, `${other.stateId}, ${twin.stateId}`);
    assert.is((await run(system, `enrol refuse ${twin.stateId}`)).status, 0);
    assert.is((await twin.again()).status, 403);
    assert.match((await run(system, 'enrol approve nobody')).err, /no host waits as nobody; these wait: db1, db1/);

    // Approving a conflict asks first, because it takes the host from its present agent.
    const clash = await ask('web21');
    assert.is(clash.status, 409);
    const unasked = await run(system, `enrol approve ${clash.stateId}`);
    assert.is(unasked.status, 2);
    assert.match(unasked.err, /a host has its name. Give that host to this agent\?/);
    assert.is((await run(system, `enrol approve ${clash.stateId} --yes`)).status, 0);
    assert.is((await clash.again()).status, 200);

    const [listed] = JSON.parse((await run(system, 'enrol list --json')).out) as { id: string; uses: number }[];
    assert.is(listed?.uses, 2);
    assert.match((await run(system, 'enrol list')).out, /2 enrolled +expires /);
    assert.is((await run(system, `enrol remove ${listed?.id}`)).status, 0);
    assert.is((await other.again()).status, 401);
    assert.match((await run(system, 'enrol waiting')).err, /No host waits\./);
  }),
);

test.run();
