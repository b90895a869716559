/** The refusals of the API: code → HTTP status, whether the same request may work later, and a title. */
export const ERRORS = {
  invalid_request: { status: 400, retryable: false, title: 'The request does not have the required form' },
  invalid_where: { status: 400, retryable: false, title: 'No host can match these words' },
  unknown_op: { status: 400, retryable: false, title: 'No host and no table knows this op' },
  unauthorized: { status: 401, retryable: false, title: 'A valid token is needed' },
  forbidden: { status: 403, retryable: false, title: 'Your grants do not allow this' },
  step_up_required: { status: 403, retryable: false, title: 'This needs a fresh step-up' },
  enrolment_refused: { status: 403, retryable: false, title: 'This host may not enrol with this token' },
  sign_in_refused: { status: 403, retryable: false, title: 'The identity provider does not vouch for this sign-in' },
  forbidden_origin: { status: 403, retryable: false, title: 'This origin may not use the dashboard' },
  not_found: { status: 404, retryable: false, title: 'There is nothing here' },
  unknown_host: { status: 404, retryable: false, title: 'No such host' },
  unknown_command: { status: 404, retryable: false, title: 'No such command' },
  unknown_rollout: { status: 404, retryable: false, title: 'No such rollout' },
  unknown_policy: { status: 404, retryable: false, title: 'No such policy' },
  not_quarantined: { status: 404, retryable: false, title: 'This commit is not quarantined' },
  unknown_dispatch: { status: 404, retryable: false, title: 'No such dispatch' },
  unknown_session: { status: 404, retryable: false, title: 'No such session' },
  unknown_receiver: { status: 404, retryable: false, title: 'No such receiver of notices' },
  unknown_token: { status: 404, retryable: false, title: 'No such token' },
  unknown_enrolment: { status: 404, retryable: false, title: 'No such enrolment' },
  unknown_waiting_host: { status: 404, retryable: false, title: 'No such waiting host' },
  method_not_allowed: { status: 405, retryable: false, title: 'This route does not take this method' },
  host_exists: { status: 409, retryable: false, title: 'A host with this name exists' },
  token_exists: { status: 409, retryable: false, title: 'A token of this name exists' },
  enrolment_conflict: { status: 409, retryable: true, title: "This host needs a person's decision" },
  idempotency_mismatch: { status: 409, retryable: false, title: 'This Idempotency-Key was used with another request' },
  rollout_state: { status: 409, retryable: false, title: 'The rollout does not take this now' },
  rollout_overlap: { status: 409, retryable: false, title: 'A host is in another rollout' },
  quarantined: { status: 409, retryable: false, title: 'The commit is quarantined' },
  not_timed_out: { status: 409, retryable: false, title: 'The command does not wait for this answer' },
  not_guarded: { status: 409, retryable: false, title: 'The command has no activation that could be kept or undone' },
  activation_running: {
    status: 409,
    retryable: true,
    title: 'The activation has not ended yet; a forced kill undoes it',
  },
  already_decided: { status: 409, retryable: false, title: 'It was kept or undone already' },
  command_pending: { status: 409, retryable: true, title: 'Another command on the host is in the way' },
  limit_reached: { status: 409, retryable: false, title: 'A configured limit is reached' },
  body_too_large: { status: 413, retryable: false, title: 'The body is too large' },
  upgrade_required: {
    status: 426,
    retryable: false,
    title: 'This is a WebSocket: the request must ask for the upgrade',
  },
  unsupported_media_type: { status: 415, retryable: false, title: 'The body must be application/json' },
  rate_limited: { status: 429, retryable: true, title: 'Too many requests' },
  internal_error: { status: 500, retryable: true, title: 'The coordinator failed; its log says why' },
  provider_unavailable: { status: 503, retryable: true, title: 'The identity provider cannot be asked' },
  standby: { status: 503, retryable: true, title: 'Another coordinator leads' },
  storage_unavailable: { status: 503, retryable: true, title: 'The store is not available' },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** A schema fault: where in the body, and what was expected there. */
export type SchemaFault = { path: string; message: string };

/** The one error class: a refused request, with its code of `ERRORS`. */
export class SwitchyardError extends Error {
  readonly code: ErrorCode;
  readonly faults: readonly SchemaFault[] | undefined;
  /** For a fault in a text: its position, in UTF-16 units from 0. */
  readonly position: number | undefined;
  /** With `standby`: the leader's address; null if unknown. */
  readonly leader: string | null | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; faults?: readonly SchemaFault[]; position?: number; leader?: string | null } = {},
  ) {
    super(detail, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'SwitchyardError';
    this.code = code;
    this.faults = options.faults;
    this.position = options.position;
    this.leader = options.leader;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
