import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../shared/make-folder.ts';
import { optionLabel } from '../../shared/options.ts';
import { COORDINATOR_OPTIONS, type CoordinatorOptions, parseToken, TOKEN_TAKES } from '../config/options.ts';
import { unreadable } from '../config/unreadable.ts';
import { newToken } from './tokens.ts';

export type AdminToken =
  /** `path`: the file that holds it; `writtenTo`: the same where it was just written. */
  | { kind: 'token'; token: string; path: string | null; writtenTo: string | null }
  /** One line that names the option. */
  | { kind: 'fault'; fault: string };

/**
 * The admin token: of ADMIN_TOKEN_FILE, else ADMIN_TOKEN, else of DATA_DIR/admin-token, which is made with a random one
 * at the first start (docs/protocol.md section 1).
 */
export function readAdminToken(
  options: Pick<CoordinatorOptions, 'adminTokenFile' | 'adminToken' | 'dataDir'>,
): AdminToken {
  const { adminTokenFile, adminToken, dataDir } = options;
  if (adminTokenFile !== null)
    return readToken(adminTokenFile, optionLabel('adminTokenFile', COORDINATOR_OPTIONS.adminTokenFile));
  if (adminToken !== null) return { kind: 'token', token: adminToken, path: null, writtenTo: null };

  const label = optionLabel('dataDir', COORDINATOR_OPTIONS.dataDir);
  const path = join(dataDir, 'admin-token');
  const kept = readToken(path, label);
  if (kept.kind === 'token' || kept.code !== 'ENOENT') return kept;
  try {
    makeFolder(dataDir);
    const token = newToken();
    writeDurably(path, `${token}\n`);
    return { kind: 'token', token, path, writtenTo: path };
  } catch (error) {
    const takes = `${label} takes ${COORDINATOR_OPTIONS.dataDir.takes}`;
    return { kind: 'fault', fault: `${takes}; ${path} cannot be written (${codeOf(error) ?? error})` };
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : null);

function readToken(path: string, label: string) {
  try {
    const token = parseToken(readFileSync(path, 'utf8'));
    if (token !== undefined) return { kind: 'token' as const, token, path, writtenTo: null };
    return {
      kind: 'fault' as const,
      fault: `${label}: ${path} must hold ${TOKEN_TAKES}`,
      code: null,
    };
  } catch (error) {
    return { kind: 'fault' as const, fault: `${label}: ${path} ${unreadable(error)}`, code: codeOf(error) };
  }
}

/** Under another name first, so that a crash leaves a whole file or none. */
function writeDurably(path: string, text: string): void {
  const draft = `${path}.new`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}
