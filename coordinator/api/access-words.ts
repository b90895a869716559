/** Descriptions of the fields of tokens and sessions (see field-words.ts). */
export const ACCESS_WORDS = {
  grants: 'Everything that it allows',
  role: 'viewer reads; operator acts on hosts too; admin does everything',
  'grants.tags': 'Only on hosts with one of these tags; on all where absent',
  'grants.ops': 'Only these ops; all where absent',
  createdBy: 'Who made it',
  expiresAt: 'When it expires; ms since the Unix epoch; null if it does not',
  'body.expiresAt': 'When it expires; ms since the Unix epoch',
  lastUsedAt: 'When it was last used, to the minute across a restart; ms since the Unix epoch; null if never',

  steppedUpUntil: 'When the step-up of this session ends; ms since the Unix epoch; null without one',
  openedAt: 'When it was opened; ms since the Unix epoch',
  'answer.current': 'It made this request',
  'body.token': 'The admin token, or one with grants',
  maxUses: 'How many hosts it may enrol; any number if null or absent',
  uses: 'How many hosts it has enrolled',
  enrolmentId: 'The enrolment whose token it showed',
  waitingId: 'Its id among the waiting hosts',
  stateId: "Names the agent's STATE_DIR; made with it",
  stateSecret: 'Proves in a later request that it is the same host; kept as a hash',
  askedAt: 'When it last asked; ms since the Unix epoch',
  'WaitingHost.reason':
    'Why it waits: its enrolment wants an approval, or it is in conflict with a known host, by its name, by its state while that host is online, or by its state without the secret',
  'WaitingHost.hostId': 'The known host of a conflict, which an approval gives to this agent; null without one',
  'WaitingHost.decision': 'What a person decided; null if nobody has',
  'WaitingHost.hostname': 'The name under which it asks',
  'body.hostname': "The host's name",
  decidedBy: 'Who decided; null if nobody has',

  '?category': 'Only actions of people (audit), or only other events (system)',
  '?token': 'Id or name of a token',
} as const satisfies Record<string, string>;
