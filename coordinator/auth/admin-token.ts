import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode, writeDurably } from '../../shared/files/durable-file.ts';
import { makeFolder } from '../../shared/files/make-folder.ts';
import { optionLabel } from '../../shared/settings/options.ts';
import { COORDINATOR_OPTIONS, type CoordinatorOptions, parseToken, TOKEN_TAKES } from '../config/options.ts';
import { unreadable } from '../config/unreadable.ts';
import { newToken } from './tokens.ts';

export type AdminToken =
  /** `path`: the file that holds it; `writtenTo`: the same if it was just written. */
  | { kind: 'token'; token: string; path: string | null; writtenTo: string | null }
  /** One line that names the option. */
  | { kind: 'fault'; fault: string };

/**
 * Reads the admin token from ADMIN_TOKEN_FILE, else ADMIN_TOKEN, else DATA_DIR/admin-token, which the first start creates with
 * a random one (docs/protocol.md section 1).
 */
export async function readAdminToken(
  options: Pick<CoordinatorOptions, 'adminTokenFile' | 'adminToken' | 'dataDir'>,
): Promise<AdminToken> {
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
    await writeDurably(path, `${token}\n`);
    return { kind: 'token', token, path, writtenTo: path };
  } catch (error) {
    const takes = `${label} takes ${COORDINATOR_OPTIONS.dataDir.takes}`;
    return { kind: 'fault', fault: `${takes}; ${path} cannot be written (${systemCode(error) ?? error})` };
  }
}

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
    return { kind: 'fault' as const, fault: `${label}: ${path} ${unreadable(error)}`, code: systemCode(error) };
  }
}
