import { Type } from 'typebox';
import { EVENT_WORDS, RECEIVER_KINDS } from '../../shared/model/notify.ts';
import { Name, OneOf, WhereText } from '../../shared/schema.ts';

const Text = (description: string) => Type.String({ minLength: 1, maxLength: 2_000, description });

/** The keys of `[[notify]]`. notify.ts says which ones each kind takes. */
export const NotifyKeys = Type.Object(
  {
    name: Type.Unsafe<string>({ ...Name, description: 'Its name, for `switchyard notify` and the records' }),
    kind: OneOf(RECEIVER_KINDS, { description: 'Kind of receiver ([notifications.md](notifications.md))' }),
    url: Type.Optional(
      Text(
        'Where it is: `https://…` of the webhook, the ntfy topic, the Matrix homeserver or the watch to ping; `smtp://` or `smtps://` of the mail server',
      ),
    ),
    secretFile: Type.Optional(
      Text(
        'File with its secret, read at each delivery: the key that signs (`webhook`), an access token (`ntfy`, `matrix`), the whole URL in place of `url` (`slack`, `heartbeat`), the password of `user` (`email`)',
      ),
    ),
    room: Type.Optional(Text('Id of the Matrix room: `!abc:example.com`')),
    from: Type.Optional(Text('Sender of mails')),
    to: Type.Optional(
      Type.Array(Type.String({ minLength: 3, maxLength: 320 }), {
        minItems: 1,
        maxItems: 20,
        description: 'Recipients of mails',
      }),
    ),
    user: Type.Optional(Text('User at the mail server; its password is in `secretFile`')),
    private: Type.Optional(
      Type.Boolean({
        description:
          'Lets the name in `url` lead to a private address; an address, or `localhost`, in `url` is always allowed',
        default: false,
      }),
    ),
    events: Type.Optional(
      Type.Array(OneOf(EVENT_WORDS), {
        minItems: 1,
        maxItems: EVENT_WORDS.length,
        description: `Events that it gets: ${EVENT_WORDS.map((word) => `\`${word}\``).join(', ')}`,
        default: ['attention'],
      }),
    ),
    afterMs: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: 366 * 24 * 3_600_000,
        description: 'How long a host may be away before the notice `host_offline`',
        default: 300_000,
      }),
    ),
    where: Type.Optional(
      Type.Unsafe<string>({
        ...WhereText,
        description: 'Only notices about these hosts ([where.md](where.md)), without `state:`',
      }),
    ),
    digestMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 24 * 3_600_000,
        description:
          'How long to wait for more notices before a message is sent, so that a burst is one message; 0: each notice is a message',
        default: 2_000,
      }),
    ),
  },
  { additionalProperties: false },
);

/** Bounds the receivers, and so the requests under way. */
const MOST_RECEIVERS = 32;

export const NotifyTables = Type.Array(NotifyKeys, { maxItems: MOST_RECEIVERS });
