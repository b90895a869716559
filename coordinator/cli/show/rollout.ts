import { countsWords, makerWords, placeWords, STANDING_LOOKS } from '../../../shared/looks/rollout-look.ts';
import { named } from '../../../shared/model/actor.ts';
import type {
  GateLight,
  Rollout,
  RolloutGate,
  RolloutHost,
  RolloutSummary,
  RolloutView,
} from '../../../shared/model/rollout.ts';
import { clockSpan } from '../../../shared/time/spans.ts';
import type { Paint } from '../terminal/paint.ts';
import { tableLines } from '../terminal/table.ts';
import { listed } from '../terminal/text.ts';

/** `nightly RUNNING  wave 2 of 4 (soaking, 4:12 left)  3 proven, 1 failed of 20` */
export const rolloutLine = (rollout: RolloutSummary | Rollout, now: number): string =>
  [`${rollout.name} ${rollout.status}`, placeWords(rollout, now), countsWords(rollout.counts), rollout.reason?.message]
    .filter(Boolean)
    .join('  ');

/** A line for each wave with its hosts. */
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

/** Each host in a line, wave after wave. */
export function rolloutLines(rollout: RolloutView, paint: Paint): string[] {
  const { steps, waves, hosts, reason, approvedBy, approvedByName } = rollout;
  const approval = approvedBy === null ? '' : `, approved by ${named(approvedBy, approvedByName)}`;
  return [
    `${rollout.name} ${rollout.status}${reason ? `: ${reason.message}` : ''}`,
    paint.faint(`made by ${makerWords(rollout)}${approval}`),
    ...tableLines(
      hosts.map(({ host, wave, step, standing, code, commandId }) => [
        waves[wave]?.name ?? '',
        host,
        paint.tone(STANDING_LOOKS[standing].tone, standing),
        step === null ? '' : (steps[step]?.op ?? ''),
        code ?? '',
        commandId ?? '',
      ]),
    ),
  ];
}

const LIGHTS = {
  holds: 'ok',
  broken: 'error',
  unobserved: 'unknown',
  off: 'quiet',
} as const satisfies Record<GateLight['state'], string>;

/** The parts of a gate, a line each; none once the rollout has ended. */
export const gateLines = ({ lights }: RolloutGate, paint: Paint): string[] =>
  tableLines(
    lights.map(({ name, state, holding, hosts, message }) => [
      'gate',
      name,
      paint.tone(LIGHTS[state], state),
      hosts === 0 ? '' : `${holding} of ${hosts}`,
      message ?? '',
    ]),
  );

/** `web2 failed  wave 2  pull-switch  exit_nonzero  0198…`: one change of a host's standing. */
export function standingLine(
  { steps, waves }: Pick<Rollout, 'steps' | 'waves'>,
  { host, wave, step, standing, code, commandId }: RolloutHost,
  paint: Paint,
): string {
  const op = step === null ? null : steps[step]?.op;
  return [
    `${paint.shape(STANDING_LOOKS[standing])} ${host}`,
    paint.tone(STANDING_LOOKS[standing].tone, standing),
    waves[wave]?.name,
    op,
    code,
    standing === 'failed' && commandId !== null && `read: switchyard logs ${commandId}`,
  ]
    .filter(Boolean)
    .join('  ');
}
