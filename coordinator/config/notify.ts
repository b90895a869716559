import type { Static } from 'typebox';
import type { EventWord, ReceiverKind } from '../../shared/model/notify.ts';
import { asksState, parseWhere, type Where } from '../../shared/where/where.ts';
import type { NotifyKeys } from './notify-schema.ts';
import { whereFault } from './where-fault.ts';

/** A receiver of notices in CONFIG. Only `secretFile` leads to its secret. */
export type ReceiverConfig = {
  name: string;
  kind: ReceiverKind;
  /** Null if `secretFile` holds the URL. */
  url: URL | null;
  secretFile: string | null;
  room: string | null;
  from: string | null;
  to: readonly string[];
  user: string | null;
  private: boolean;
  events: readonly EventWord[];
  afterMs: number;
  where: { text: string; parsed: Where } | null;
  digestMs: number;
};

type Given = Static<typeof NotifyKeys>;
type Key = keyof Given;

/** The keys that a kind needs and the keys that it may have, besides those common to every kind. */
const KINDS: Record<ReceiverKind, { needs: readonly Key[]; takes: readonly Key[]; schemes: RegExp }> = {
  webhook: { needs: ['url', 'secretFile'], takes: [], schemes: /^https?:$/ },
  ntfy: { needs: ['url'], takes: ['secretFile'], schemes: /^https?:$/ },
  slack: { needs: ['secretFile'], takes: [], schemes: /^https?:$/ },
  matrix: { needs: ['url', 'secretFile', 'room'], takes: [], schemes: /^https?:$/ },
  email: { needs: ['url', 'from', 'to'], takes: ['user', 'secretFile'], schemes: /^smtps?:$/ },
  heartbeat: { needs: [], takes: ['url', 'secretFile'], schemes: /^https?:$/ },
};

const TELLING: readonly Key[] = ['events', 'afterMs', 'where', 'digestMs'];

export type NotifyFault = { keys: string[]; fault: string };

/** The first fault of the tables; null if there is none. Never quotes a URL, which may be a secret. */
export function faultOfNotify(tables: readonly Given[]): NotifyFault | null {
  const names = new Set<string>();
  for (const [index, given] of tables.entries()) {
    const found = faultOfReceiver(given, names);
    if (found) {
      const [key, says] = found;
      return { keys: ['notify', String(index), key], fault: `notify[${index}].${key}: ${says}` };
    }
    names.add(given.name);
  }
  return null;
}

function faultOfReceiver(given: Given, taken: ReadonlySet<string>): [Key, string] | null {
  const { kind } = given;
  const { needs, takes, schemes } = KINDS[kind];
  if (taken.has(given.name)) return ['name', `two receivers are named ${given.name}`];
  const missing = needs.find((key) => given[key] === undefined);
  if (missing) return [missing, `a receiver of the kind ${kind} needs it`];
  const allowed: readonly Key[] = [
    'name',
    'kind',
    'private',
    ...needs,
    ...takes,
    ...(kind === 'heartbeat' ? [] : TELLING),
  ];
  const foreign = (Object.keys(given) as Key[]).find((key) => !allowed.includes(key));
  if (foreign) return [foreign, `a receiver of the kind ${kind} takes none`];
  if (kind === 'heartbeat' && (given.url === undefined) === (given.secretFile === undefined))
    return ['url', 'a heartbeat takes either url or secretFile'];
  if (kind === 'email' && (given.user === undefined) !== (given.secretFile === undefined))
    return ['user', 'user and secretFile belong together'];
  if (given.url !== undefined) {
    const says = faultOfUrl(given.url, schemes);
    if (says) return ['url', says];
  }
  return faultOfWhere(given);
}

function faultOfUrl(text: string, schemes: RegExp): string | null {
  const url = URL.parse(text);
  if (!url || !schemes.test(url.protocol) || url.hostname === '')
    return `takes a URL that begins with ${schemes.test('smtp:') ? 'smtp:// or smtps://' : 'https:// or http://'}`;
  return url.username !== '' || url.password !== ''
    ? 'must hold no user or password; put the secret into secretFile'
    : null;
}

function faultOfWhere({ where }: Given): [Key, string] | null {
  if (where === undefined) return null;
  const says = whereFault(where);
  if (says !== null) return ['where', says];
  const parsed = parseWhere(where);
  return 'where' in parsed && asksState(parsed.where)
    ? ['where', "can't use state:, which changes with the notice itself"]
    : null;
}

/** Requires that `faultOfNotify` found nothing. */
export const receiverOf = (
  given: Given & Required<Pick<Given, 'events' | 'afterMs' | 'digestMs' | 'private'>>,
): ReceiverConfig => {
  const parsed = given.where === undefined ? null : parseWhere(given.where);
  return {
    name: given.name,
    kind: given.kind,
    url: given.url === undefined ? null : new URL(given.url),
    secretFile: given.secretFile ?? null,
    room: given.room ?? null,
    from: given.from ?? null,
    to: given.to ?? [],
    user: given.user ?? null,
    private: given.private,
    events: given.events,
    afterMs: given.afterMs,
    where: parsed && 'where' in parsed ? { text: given.where ?? '', parsed: parsed.where } : null,
    digestMs: given.digestMs,
  };
};
