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
  '?category': 'Only actions of people (audit), or only other events (system)',
  '?token': 'Id or name of a token',
} as const satisfies Record<string, string>;
