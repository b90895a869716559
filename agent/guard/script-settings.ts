import { dirname, join } from 'node:path';
import { type GuardedKind, type GuardPlan, SYSTEM_PROGRAMS } from './guard-plan.ts';
import { ALL_TOOLS, type GuardTools } from './guard-tools.ts';

/** How long a stamp counts as a sign that only the coordinator is away. */
const STAMP_FRESH_MS = 90_000;

/** Files that an interrupted switch-to-configuration leaves beside the active system's link (docs/guard.md, Where nixpkgs was read). */
const TRACES = [
  'switch-to-configuration.lock',
  'start-list',
  'restart-list',
  'reload-list',
  'activation-restart-list',
  'activation-reload-list',
];

const hundredths = (ms: number): string => String(Math.ceil(ms / 10));

/** guard-script.ts's settings as sh assignments. */
export function scriptSettings(plan: GuardPlan, tools: GuardTools): string {
  const { kind = 'nixos', agentUnit } = plan;
  const { activate, makeDefault } = SYSTEM_PROGRAMS[kind];
  const { restart, reboot } = serviceManager(kind, tools);
  const settings: Readonly<Record<string, string>> = {
    ...Object.fromEntries(ALL_TOOLS.map((tool) => [tool.replace('-', '_'), tools[tool] ?? ''])),
    old: plan.old,
    new: plan.new,
    current: plan.current,
    profile: plan.profile,
    set: plan.set.join(' '),
    back: plan.back?.join(' ') ?? '',
    activate: activate.join(' '),
    make_default: makeDefault?.join(' ') ?? '',
    reset_agent: agentUnit !== null && kind === 'nixos' ? `${tools.systemctl} reset-failed ${agentUnit}` : '',
    restart_agent: agentUnit === null ? '' : `${restart}${agentUnit}`,
    reboot,
    command_unit: plan.commandUnit ?? '',
    command_group: String(plan.commandGroup),
    step: String(plan.step.pid),
    step_start: plan.step.start,
    confirm: hundredths(plan.confirmMs),
    hold: hundredths(plan.holdMs),
    activation_limit: hundredths(plan.activationMs),
    fresh: hundredths(STAMP_FRESH_MS),
    reboots: plan.reboots ? '1' : '0',
    roots: plan.roots.join(' '),
    traces: TRACES.map((name) => join(dirname(plan.current), 'nixos', name)).join(' '),
  };
  const exported = { ...plan.environment, NIXOS_NO_CHECK: '1', LC_ALL: 'C' };
  return [
    ...Object.entries(settings).map(([name, value]) => `${name}=${quote(value)}`),
    ...Object.entries(exported).map(([name, value]) => `export ${name}=${quote(value)}`),
    '',
  ].join('\n');
}

/** `restart` lacks the agent's name, which the script appends. */
const serviceManager = (kind: GuardedKind, { systemctl, launchctl, shutdown }: GuardTools) =>
  kind === 'nixos'
    ? { restart: `${systemctl} restart `, reboot: `${systemctl} reboot` }
    : { restart: `${launchctl} kickstart -k system/`, reboot: `${shutdown} -r now` };

/** As one word of sh. */
export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
