import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build } from './build.ts';
import { agentBundle, bareProgram, builtPrograms } from './built-programs.ts';

const dir = mkdtempSync(join(tmpdir(), 'built-programs-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

test('an agent that got its commit afterwards is the one that is built with it', async () => {
  for (const commit of ['', 'b2a1f0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3']) {
    const [file = ''] = await build({ outDir: dir, commit, programs: { agent: 'agent/main.ts' } });
    const given = await agentBundle(commit);
    // Not by assert.is, which would print both.
    assert.ok(given === readFileSync(file, 'utf8'), `of commit "${commit}"`);
    assert.ok(!given.includes('commit-that-is-put-in-later'));
  }
});

test('the programs are there, and the coordinator has its pages', async () => {
  const { agent, coordinator, switchyard } = await builtPrograms();
  for (const file of [agent, switchyard]) assert.match(readFileSync(file, 'utf8').slice(0, 30), '#!/usr/bin/env node');
  assert.ok(readFileSync(coordinator, 'utf8').includes('"index.html":'));
});

test('a bare program is the one that ships, without the pages', async () => {
  const { agent, coordinator } = await builtPrograms();
  assert.ok(readFileSync(await bareProgram('agent'), 'utf8') === readFileSync(agent, 'utf8'));
  const bare = readFileSync(await bareProgram('coordinator'), 'utf8');
  assert.not.ok(bare.includes('"index.html":'));
  assert.ok(bare.length < readFileSync(coordinator, 'utf8').length);
});

test.run();
