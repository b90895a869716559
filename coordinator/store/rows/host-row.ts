import { Type } from 'typebox';
import { AdvertisedOp, Maintenance, Os } from '../../../shared/model/host.ts';
import { Metrics, Report } from '../../../shared/model/report.ts';
import { PLATFORMS } from '../../../shared/ops/op-definition.ts';
import { Nullable, OneOf } from '../../../shared/schema.ts';
import { jsonReader } from '../damage.ts';
import type { LastKnown, LastReport, StoredHost } from '../records.ts';

/** A host's rows, for any database. */
export type HostRow = Omit<StoredHost, 'tags' | 'createdAt' | 'known' | 'maintenance'> & {
  tags: string;
  maintenance: string | null;
  createdAt: number;
  hello: string | null;
  lastSeenAt: number;
  /** Null: the time in the report. */
  sampledAt: number | null;
  report: string | null;
  metrics: string | null;
};

const Tags = Type.Array(Type.String());
const readTags = jsonReader<string[]>(Tags);
const readHello = jsonReader<Omit<LastKnown, keyof LastReport>>(
  Type.Object({
    platform: OneOf(PLATFORMS),
    os: Os,
    agentVersion: Type.String(),
    ops: Type.Array(AdvertisedOp),
    tags: Tags,
    stateId: Nullable(Type.String()),
    bootId: Type.String(),
    instanceId: Type.String(),
  }),
);
const readMaintenance = jsonReader<Maintenance>(Maintenance);
const readReport = jsonReader<Report>(Report);
const readMetrics = jsonReader<Metrics>(Metrics);

/** A damaged column counts as empty: no tags, no metrics, or a host that has not reported. */
export function hostOf({ id, name, createdAt, ...row }: HostRow): { host: StoredHost; isDamaged: boolean } {
  const tags = readTags(row.tags);
  const hello = readHello(row.hello);
  const report = readReport(row.report);
  if (report && row.sampledAt !== null) report.sampledAt = row.sampledAt;
  const metrics = readMetrics(row.metrics);
  const known = hello && report ? { ...hello, lastSeenAt: row.lastSeenAt, report, metrics } : null;
  const hasMetrics = row.metrics !== null && row.metrics !== 'null';
  const maintenance = readMaintenance(row.maintenance);
  const isDamaged =
    tags === null ||
    (row.maintenance !== null && maintenance === null) ||
    (row.hello !== null && known === null) ||
    (hasMetrics && metrics === null);
  return { host: { id, name, tags: tags ?? [], createdAt, maintenance, known }, isDamaged };
}
