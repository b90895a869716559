import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toolVersion, type VersionedTool, versionedTools, versionIn } from './tool-versions.ts';

for (const [text, expected] of [
  ['git version 2.39.5', '2.39.5'],
  ['git version 2.39.5 (Apple Git-154)', '2.39.5'],
  ['nix (Nix) 2.8.0', '2.8.0'],
  ['nix (Lix, like Nix) 2.93.0', '2.93.0'],
  ['nix (Determinate Nix 3.6.0) 2.29.0', '2.29.0'],
  ['systemd 247 (247.3-7+deb11u4)\n+PAM +AUDIT', '247'],
  ['v24.1.0', '24.1.0'],
  ['not found', null],
] as const)
  test(`${JSON.stringify(text)} is version ${expected}`, () => assert.is(versionIn(text), expected));

test('a version below the least that was seen to work is old', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-tools-'));
  const answers = async (tool: VersionedTool, program: string, text: string) => {
    writeFileSync(join(dir, program), `#!/bin/sh\necho '${text}'\n`);
    chmodSync(join(dir, program), 0o755);
    const { text: found, isOld } = await toolVersion(tool, { PATH: `${dir}:/usr/bin:/bin` });
    return [found, isOld];
  };
  try {
    assert.equal(await answers('systemd', 'systemctl', 'systemd 245 (245.4-4ubuntu3)'), ['245', true]);
    assert.equal(await answers('systemd', 'systemctl', 'systemd 249 (249.11)'), ['249', false]);
    assert.equal(await answers('git', 'git', 'git version 2.25.1'), ['2.25.1', true]);
    assert.equal(await answers('git', 'git', 'git version 3.0.0'), ['3.0.0', false]);
    assert.equal(await answers('nix', 'nix', 'nix (Nix) 2.3.7'), ['2.3.7', true]);
    assert.equal(await answers('nix', 'nix', 'nix (Nix) 2.34.1'), ['2.34.1', false]);
    assert.equal(await answers('git', 'git', 'no such thing'), [null, false]);
    assert.is((await toolVersion('node', {})).isOld, false);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('only the tools that a host uses are asked', () => {
  const none = { repoDir: null, repoUrl: null };
  assert.equal(versionedTools({ ...none, launcher: 'process', platform: 'custom' }), ['node']);
  assert.equal(versionedTools({ ...none, repoUrl: 'x', launcher: 'systemd', platform: 'nixos' }), [
    'node',
    'git',
    'nix',
    'systemd',
  ]);
});

test.run();
