import { SwitchyardError } from '../../shared/api/errors.ts';
import type { FeedRequest } from '../../shared/feed/frames.ts';
import { isPerson, isToken } from '../../shared/model/actor.ts';
import { type Grant, ROLES, type Role } from '../../shared/model/grant.ts';
import type { Principal } from './principal.ts';

/**
 * Permissions of principals (docs/protocol.md section 10), all in one place.
 *
 * M1 A route without a line is allowed to nobody: it stops the start. A test walks every route.
 * M2 `tags` and `ops` of a grant limit actions on hosts. Only tags that an admin gave a host count.
 * M3 One grant must allow both the op and the host: the ops of one and the tags of another do not add up.
 */
export type Rule = 'anybody' | 'host' | 'enrolment' | PrincipalRule;

export type PrincipalRule = {
  readonly role: Role;
  /** The handler also calls `permitOp`, once it knows the op and the hosts. */
  readonly limited?: true;
  /** Needs a step-up. */
  readonly afresh?: true;
};

const READ = { role: 'viewer' } as const;
const OPERATE = { role: 'operator' } as const;
const ACT = { role: 'operator', limited: true } as const;
const MANAGE = { role: 'admin' } as const;
const AFRESH = { role: 'admin', afresh: true } as const;

/** By method and path, as Fastify has them; a HEAD is what its GET is. */
export const ROUTES: Readonly<Record<string, Rule>> = {
  'GET /healthz': 'anybody',
  'GET /readyz': 'anybody',
  'GET /metrics': READ,
  // Answered if a proxy removed the upgrade.
  'GET /ws/agent': 'anybody',
  'GET /ws/dashboard': 'anybody',

  'GET /api/oidc': 'anybody',
  'GET /api/oidc/login': 'anybody',
  'GET /api/oidc/callback': 'anybody',
  'GET /api/oidc/logout': 'anybody',
  'POST /api/oidc/device': 'anybody',
  'POST /api/oidc/device/token': 'anybody',
  'GET /api/oidc/step-up': 'anybody',
  // Affects only the caller's own session.
  'POST /api/oidc/step-up': READ,
  'POST /api/session': 'anybody',
  'DELETE /api/session': 'anybody',
  'POST /api/session/step-up': READ,
  // People see and end their own; admins all.
  'GET /api/sessions': READ,
  'DELETE /api/sessions/:id': READ,
  'GET /api/openapi.json': 'anybody',
  'GET /api/agent/self': 'host',
  'POST /api/agent/enrol': 'enrolment',
  'GET /api/whoami': READ,

  'GET /api/hosts': READ,
  'POST /api/hosts': MANAGE,
  'GET /api/hosts/:host': READ,
  'PATCH /api/hosts/:host': MANAGE,
  'DELETE /api/hosts/:host': AFRESH,
  'POST /api/hosts/:host/token': AFRESH,
  'POST /api/hosts/:host/maintenance': ACT,

  'GET /api/ops': READ,
  'POST /api/dispatch': ACT,
  'GET /api/dispatches': READ,
  'GET /api/dispatches/:id': READ,
  'GET /api/commands': READ,
  'GET /api/commands/:id': READ,
  'GET /api/commands/:id/output': READ,
  'GET /api/commands/:id/output/search': READ,
  'GET /api/commands/:id/output/index': READ,
  'POST /api/commands/:id/timeout-action': ACT,
  'POST /api/commands/:id/keep': ACT,
  'POST /api/commands/:id/undo': ACT,

  'GET /api/rollouts': READ,
  'POST /api/rollouts': ACT,
  'GET /api/rollouts/:id': READ,
  'GET /api/rollouts/:id/gate': READ,
  'POST /api/rollouts/:id/approve': ACT,
  'POST /api/rollouts/:id/pause': ACT,
  'POST /api/rollouts/:id/resume': ACT,
  'POST /api/rollouts/:id/retry': ACT,
  'POST /api/rollouts/:id/stop': ACT,
  'GET /api/windows': READ,
  'GET /api/policies': READ,
  'POST /api/policies/:name/run': ACT,
  'POST /api/policies/:name/pause': ACT,
  'POST /api/policies/:name/resume': ACT,
  'GET /api/quarantine': READ,
  // It affects the whole fleet, so a limited grant is not enough.
  'DELETE /api/quarantine/:commit': MANAGE,

  'GET /api/attention': READ,
  'GET /api/notify': READ,
  'POST /api/notify/:name/test': MANAGE,
  'GET /api/events': READ,
  'GET /api/target': READ,
  'POST /api/target/refresh': OPERATE,

  'GET /api/tokens': MANAGE,
  'POST /api/tokens': AFRESH,
  'DELETE /api/tokens/:token': AFRESH,

  'GET /api/enrolments': MANAGE,
  'POST /api/enrolments': MANAGE,
  'DELETE /api/enrolments/:id': MANAGE,
  'GET /api/enrolments/waiting': READ,
  // It may give a known host a new token.
  'POST /api/enrolments/waiting/:id/approve': AFRESH,
  'POST /api/enrolments/waiting/:id/refuse': MANAGE,
};

/** WebSockets, by their path. */
export const SOCKETS = { '/ws/agent': 'host', '/ws/dashboard': READ } as const satisfies Record<string, Rule>;

/** Requests over the live feed. */
export const FEED_MESSAGES = {
  get_state: READ,
  subscribe_output: READ,
  unsubscribe_output: READ,
} as const satisfies Record<FeedRequest['type'], PrincipalRule>;

/** The rule of a route; throws if it has none. */
export function ruleOf(method: string, url: string): Rule {
  const route = `${method === 'HEAD' ? 'GET' : method} ${url}`;
  const rule = ROUTES[route];
  if (rule === undefined)
    throw new Error(
      `nobody may call ${route} yet: give it a line in ROUTES of coordinator/auth/permissions.ts (viewers READ; operators ACT, with permitOp in the handler, where it acts on hosts; admins MANAGE, or AFRESH where it takes a step-up)`,
    );
  return rule;
}

/** Whether one of their grants has the role, or a higher one. */
export const allows = ({ grants }: Principal, { role }: PrincipalRule): boolean =>
  grants.some((grant) => ROLES.indexOf(grant.role) >= ROLES.indexOf(role));

/** Throws `forbidden` if the principal lacks the role, or `step_up_required`; `asked` names the request. */
export function permit(principal: Principal, rule: PrincipalRule, asked: string): void {
  if (!allows(principal, rule))
    throw new SwitchyardError(
      'forbidden',
      `${asked} takes a grant of the role ${rule.role}, which ${principal.actor} lacks`,
    );
  if (rule.afresh && principal.needsStepUp(null)) throw stepUpRequired(principal, asked);
}

/** With `[access] twoPeople`: throws `forbidden` for a rollout's maker, for the person who ran its policy, and for a token, which may be anybody's program. */
export function permitApproval({ actor }: Principal, maker: string): void {
  if (actor === maker)
    throw new SwitchyardError('forbidden', `approve takes another person than ${maker}, who made the rollout`);
  if (isToken(actor)) throw new SwitchyardError('forbidden', `approve takes a person, not a token such as ${actor}`);
}

const stepUpRequired = ({ actor }: Pick<Principal, 'actor'>, asked: string): SwitchyardError =>
  new SwitchyardError(
    'step_up_required',
    isPerson(actor)
      ? `${asked} takes a step-up: run switchyard login --again, or prove in the dashboard who you are`
      : `${asked} takes a step-up: enter the admin token in the dashboard, or ask with the admin token itself`,
  );

type Acted = { readonly name: string; readonly tags: readonly string[] };

/** A refusal names at most this many hosts. */
const NAMED = 5;

/** The operator and admin grants that allow the op. */
const grantsFor = (grants: readonly Grant[], op: string): Grant[] =>
  grants.filter(
    ({ role, ops }) => role === 'admin' || (role === 'operator' && (ops === undefined || ops.includes(op))),
  );

/** Whether one of these grants, all of which allow the op, allows it on the host. */
const areOpenTo = (forOp: readonly Grant[], host: Pick<Acted, 'tags'>): boolean =>
  forOp.some(({ role, tags }) => role === 'admin' || (tags?.some((tag) => host.tags.includes(tag)) ?? true));

/** Whether the grants allow the op on every host; no step-up is asked for. */
export function allowOp(grants: readonly Grant[], op: string, hosts: readonly Pick<Acted, 'tags'>[]): boolean {
  const forOp = grantsFor(grants, op);
  return forOp.length > 0 && hosts.every((host) => areOpenTo(forOp, host));
}

/** Throws `forbidden`, which names the missing grant, unless the principal may run the op on every host; or `step_up_required`. */
export function permitOp({ actor, grants, needsStepUp }: Principal, op: string, hosts: readonly Acted[]): void {
  const refuse = (missing: string): never => {
    throw new SwitchyardError('forbidden', `${op} takes ${missing}, which ${actor} lacks`);
  };
  if (grants.every(({ role }) => role === 'viewer')) refuse('a grant of the role operator');
  const forOp = grantsFor(grants, op);
  if (forOp.length === 0) refuse(`a grant of the role operator whose ops have ${op}`);
  const closed = hosts.filter((host) => !areOpenTo(forOp, host));
  if (closed.length === 0) {
    if (needsStepUp(op)) throw stepUpRequired({ actor }, op);
    return;
  }
  const shown = closed.slice(0, NAMED).map(({ name, tags }) => `${name} (${tags.join(', ') || 'no tags'})`);
  const more = closed.length > NAMED ? ` and ${closed.length - NAMED} more hosts` : '';
  refuse(`a grant of the role operator for a tag of ${shown.join(', ')}${more}`);
}
