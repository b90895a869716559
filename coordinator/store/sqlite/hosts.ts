import type { DatabaseSync } from 'node:sqlite';
import type { Maintenance } from '../../../shared/model/host.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import type { LastKnown, LastReport, LastSeen, StoredHost } from '../records.ts';
import { type HostRow, hostOf } from '../rows/host-row.ts';
import { createDamages, type Damages } from './damages.ts';
import { createFormerTokens } from './former-tokens.ts';

export type HostStore = AtOnce<port.HostStore> & {
  /** False where the name is taken. */
  create(host: Omit<StoredHost, 'known' | 'maintenance'> & { tokenHash: string }): boolean;
  byId(id: string): StoredHost | null;
  byName(name: string): StoredHost | null;
  /** False if the name belongs to another host. */
  update(id: string, change: { name: string; tags: readonly string[] }): boolean;
  setTokenHash(id: string, tokenHash: string, formerUntil: number | null): void;
  removeFormerToken(id: string): void;
  setMaintenance(id: string, maintenance: Maintenance | null): void;
  setKnown(id: string, known: LastKnown): void;
  setLastReport(id: string, said: LastReport): void;
  setLastSeen(id: string, seen: LastSeen): void;
  remove(id: string): void;
};

export function createHostStore(db: DatabaseSync, damages: Damages = createDamages(db)): HostStore {
  const toHost = (row: unknown): StoredHost | null => {
    if (row === undefined) return null;
    const { host, isDamaged } = hostOf(row as HostRow);
    if (isDamaged) damages.found({ table: 'hosts', id: host.id, hostId: host.id, lostFrom: null });
    return host;
  };
  const select = `SELECT id, name, tags, created_at AS createdAt, maintenance, hello, report, seen_at AS lastSeenAt,
      sampled_at AS sampledAt, metrics
    FROM hosts JOIN last_reports ON last_reports.host_id = hosts.id JOIN last_seen ON last_seen.host_id = hosts.id`;
  const insert = db.prepare(
    `INSERT INTO hosts (id, name, tags, token_hash, created_at) VALUES ($id, $name, $tags, $tokenHash, $createdAt)
     ON CONFLICT (name) DO NOTHING`,
  );
  const insertReport = db.prepare('INSERT INTO last_reports (host_id) VALUES (?)');
  const insertSeen = db.prepare('INSERT INTO last_seen (host_id) VALUES (?)');
  const byId = db.prepare(`${select} WHERE id = ?`);
  const byName = db.prepare(`${select} WHERE name = ?`);
  const idByTokenHash = db.prepare('SELECT id FROM hosts WHERE token_hash = ?');
  const all = db.prepare(`${select} ORDER BY hosts.rowid`);
  const update = db.prepare('UPDATE OR IGNORE hosts SET name = $name, tags = $tags WHERE id = $id');
  const former = createFormerTokens(db);
  const setTokenHash = db.prepare('UPDATE hosts SET token_hash = ? WHERE id = ?');
  const setMaintenance = db.prepare('UPDATE hosts SET maintenance = ? WHERE id = ?');
  const setHello = db.prepare('UPDATE hosts SET hello = ? WHERE id = ?');
  const setReport = db.prepare('UPDATE last_reports SET report = ? WHERE host_id = ?');
  const setSeen = db.prepare('UPDATE last_seen SET seen_at = ?, sampled_at = ?, metrics = ? WHERE host_id = ?');
  const remove = db.prepare('DELETE FROM hosts WHERE id = ?');

  const setLastSeen = (id: string, { lastSeenAt, sampledAt, metrics }: LastSeen): void =>
    void setSeen.run(lastSeenAt, sampledAt, JSON.stringify(metrics), id);
  const setLastReport = (id: string, { lastSeenAt, report, metrics }: LastReport): void => {
    setReport.run(JSON.stringify(report), id);
    setLastSeen(id, { lastSeenAt, sampledAt: report.sampledAt, metrics });
  };

  return {
    create({ id, name, tags, tokenHash, createdAt }) {
      const isNew = insert.run({ id, name, tags: JSON.stringify(tags), tokenHash, createdAt }).changes === 1;
      if (isNew) for (const beside of [insertReport, insertSeen]) beside.run(id);
      return isNew;
    },
    byId: (id) => toHost(byId.get(id)),
    byName: (name) => toHost(byName.get(name)),
    idByTokenHash: (tokenHash) => (idByTokenHash.get(tokenHash) as { id: string } | undefined)?.id ?? null,
    list: () => all.all().flatMap((row) => toHost(row) ?? []),
    update: (id, { name, tags }) => update.run({ id, name, tags: JSON.stringify(tags) }).changes === 1,
    setTokenHash(id, tokenHash, formerUntil) {
      if (formerUntil === null) former.remove(id);
      else former.keep(id, formerUntil);
      setTokenHash.run(tokenHash, id);
    },
    removeFormerToken: former.remove,
    byFormerTokenHash: former.byFormerTokenHash,
    formerTokens: former.formerTokens,
    setMaintenance: (id, maintenance) =>
      void setMaintenance.run(maintenance === null ? null : JSON.stringify(maintenance), id),
    setKnown(id, { lastSeenAt, report, metrics, ...hello }) {
      setHello.run(JSON.stringify(hello), id);
      setLastReport(id, { lastSeenAt, report, metrics });
    },
    setLastReport,
    setLastSeen,
    remove: (id) => void remove.run(id),
  };
}
