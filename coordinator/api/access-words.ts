/** What the fields mean by which people and programs get in (see field-words.ts). */
export const ACCESS_WORDS = {
  grants: 'What it allows; nothing else is allowed',
  role: 'viewer reads; operator acts on hosts too; admin does everything',
  'grants.tags': 'Only on hosts with one of these tags; on all where absent',
  'grants.ops': 'Only these ops; all where absent',
  createdBy: 'Who made it',
  expiresAt: 'When it ends by itself; ms since the Unix epoch; null where it does not',
  'body.expiresAt': 'When it shall end by itself; ms since the Unix epoch',
  lastUsedAt: 'When it was last used, to the minute across a restart; ms since the Unix epoch; null where it never was',

  steppedUpUntil: 'Until when a step-up of this session is good; ms since the Unix epoch; null without one',
  openedAt: 'When it was opened; ms since the Unix epoch',
  'answer.current': 'It is the one that asks',
  'body.token': 'The admin token, or one with grants',
  '?category': 'Only what people did (audit), or what came about by itself (system)',
  '?token': 'Id or name of a token',
} as const satisfies Record<string, string>;
