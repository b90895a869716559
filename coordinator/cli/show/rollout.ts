import type { Rollout, RolloutView, Standing } from '../../../shared/rollout.ts';
import { clockSpan } from '../../../shared/spans.ts';
import type { Paint } from '../terminal/paint.ts';
import { tableLines } from '../terminal/table.ts';
import { listed } from '../terminal/text.ts';

/** `nightly RUNNING  wave 2 of 4 (soaking, 4:12 left)  3 proven, 1 failed of 20` */
export function rolloutLine({ name, status, reason, waves, counts }: Rollout, now: number): string {
  const index = waves.findIndex((wave) => wave.status !== 'done');
  const wave = waves[index];
  const soak = wave?.status === 'soaking' && wave.soakUntil !== null ? `, ${clockSpan(wave.soakUntil - now)} left` : '';
  const place = wave && status === 'RUNNING' ? `wave ${index + 1} of ${waves.length} (${wave.status}${soak})` : '';
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const told = (['running', 'proven', 'failed', 'deferred', 'skipped'] as const).filter((one) => counts[one] > 0);
  const sums = `${told.map((one) => `${counts[one]} ${one}`).join(', ') || 'none begun'} of ${all}`;
  return [`${name} ${status}`, place, sums, reason?.message].filter(Boolean).join('  ');
}

/** Who goes when. */
export const planLines = ({ waves }: Rollout, names: ReadonlyMap<string, string>): string[] =>
  tableLines(
    waves.map(({ name, hosts, soakMs, approve }) => [
      name,
      `${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}`,
      soakMs > 0 ? `soaks ${clockSpan(soakMs)}` : '',
      approve ? 'waits for an approval' : '',
      listed(hosts.map((id) => names.get(id) ?? id)),
    ]),
  );

const TONES = {
  waiting: 'quiet',
  running: 'working',
  proven: 'ok',
  failed: 'error',
  deferred: 'attention',
  skipped: 'quiet',
} as const satisfies Record<Standing, string>;

/** Each host in a line, wave after wave. */
export function rolloutLines(rollout: RolloutView, paint: Paint): string[] {
  const { steps, waves, hosts, reason } = rollout;
  return [
    `${rollout.name} ${rollout.status}${reason ? `: ${reason.message}` : ''}`,
    ...tableLines(
      hosts.map(({ host, wave, step, standing, code, commandId }) => [
        waves[wave]?.name ?? '',
        host,
        paint.tone(TONES[standing], standing),
        step === null ? '' : (steps[step]?.op ?? ''),
        code ?? '',
        commandId ?? '',
      ]),
    ),
  ];
}
