import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type AdminToken, readAdminToken } from './admin-token.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-token-'));
test.after(() => rmSync(folder, { recursive: true }));

const none = { adminTokenFile: null, adminToken: null };
const tokenOf = (reading: AdminToken) => (reading.kind === 'token' ? reading.token : reading.fault);
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

test('a file wins over the environment, and its last newline is not part of the token', async () => {
  const adminTokenFile = file('given', 'from-file-of-20-chars\n');
  const dataDir = join(folder, 'unused');
  assert.is(
    tokenOf(await readAdminToken({ adminTokenFile, adminToken: 'from-env-of-20-chars', dataDir })),
    'from-file-of-20-chars',
  );
  assert.is(
    tokenOf(await readAdminToken({ adminTokenFile: null, adminToken: 'from-env-of-20-chars', dataDir })),
    'from-env-of-20-chars',
  );
});

test('without one a token of 256 bits is made once, readable by its owner only', async () => {
  const dataDir = join(folder, 'new', 'data');
  const path = join(dataDir, 'admin-token');
  const made = await readAdminToken({ ...none, dataDir });
  assert.equal(made, { kind: 'token', token: tokenOf(made), path, writtenTo: path });
  assert.is(Buffer.from(tokenOf(made), 'base64url').length, 32);
  assert.is(statSync(path).mode & 0o777, 0o600);
  assert.is(readFileSync(path, 'utf8').trim(), tokenOf(made));
  assert.equal(await readAdminToken({ ...none, dataDir }), {
    kind: 'token',
    token: tokenOf(made),
    path,
    writtenTo: null,
  });
});

test("a fault names the option, never a file's content", async () => {
  const fault = async (options: Parameters<typeof readAdminToken>[0]) => {
    const reading = await readAdminToken(options);
    return reading.kind === 'fault' ? reading.fault : 'no fault';
  };
  const gone = await fault({ ...none, adminTokenFile: join(folder, 'gone'), dataDir: folder });
  assert.match(gone, /^SWITCHYARD_ADMIN_TOKEN_FILE \(--admin-token-file\): .*gone cannot be read \(ENOENT\)$/);
  const words = await fault({ ...none, adminTokenFile: file('words', 'two words'), dataDir: folder });
  assert.match(words, /^SWITCHYARD_ADMIN_TOKEN_FILE .*words must hold one word/);
  assert.not.match(words, /two/);
  const short = await fault({ ...none, adminTokenFile: file('short', 'nineteen-characters'), dataDir: folder });
  assert.match(short, /^SWITCHYARD_ADMIN_TOKEN_FILE .*short must hold one word of at least 20 /);
  assert.not.match(short, /nineteen/);
  const noFolder = await fault({ ...none, dataDir: file('not-a-folder', '') });
  assert.match(noFolder, /^SWITCHYARD_DATA_DIR \(--data-dir\)[^\n]*ENOTDIR\)$/);
});

test.run();
