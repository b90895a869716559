import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import type { NotifyMessage } from '../../shared/model/notify.ts';
import { isLoopback } from '../../shared/network/in-the-clear.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { afterLived } from '../../shared/time/lived-time.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import { mayBePrivate, publicLookup } from './addresses.ts';
import { linesOf } from './formats/message.ts';
import type { Outcome } from './progress.ts';

/** From the connection to the server's last answer. Some servers look up the sender first. */
const MAIL_MS = 60_000;
const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };

export type Mail = { receiver: ReceiverConfig; url: URL; secret: string | null; message: NotifyMessage };

/**
 * Sends mails. Every try has the same Message-ID, so that mail servers and programs recognise a repeat. A server may take a mail for
 * some recipients and refuse others: that is not a delivery, and the next try of this process reaches only the others.
 */
export function createMailOut(deps: { clock: Clock; signal: AbortSignal }): (mail: Mail) => Promise<Outcome> {
  let left: { id: string; to: readonly string[] } | null = null;
  return async (mail) => {
    const { id } = mail.message;
    const to = left?.id === id ? left.to : mail.receiver.to;
    const { outcome, refused } = await mailTo(deps, mail, to);
    if (refused.length > 0) left = { id, to: refused };
    return outcome;
  };
}

/** `refused`: recipients refused in a mail that others got. */
type Try = { outcome: Outcome; refused: readonly string[] };

async function mailTo(
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  { receiver, url, secret, message }: Mail,
  to: readonly string[],
): Promise<Try> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port) || (PORTS[url.protocol] ?? 0);
  const lookup = mayBePrivate(receiver, url) ? {} : { lookup: publicLookup };
  // The library has no deadline for a whole delivery, so the socket gets one.
  const socket = connect({ host, port, ...lookup });
  const callOff = afterLived(clock, MAIL_MS, () => socket.destroy(new Error('took too long')));
  const stop = () => socket.destroy(new Error('the coordinator stops'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    await once(socket, 'connect');
    const refusals = await send(socket, { receiver, url, secret, message }, to, host, port);
    const outcome: Outcome =
      refusals.length === 0
        ? { kind: 'delivered' }
        : { kind: 'failed', ...partOf(refusals, to, `${host}:${port}`), retryAfterMs: null };
    return { outcome, refused: refusals.map(({ recipient }) => recipient) };
  } catch (error) {
    return { outcome: { kind: 'failed', ...refusalOf(error, `${host}:${port}`), retryAfterMs: null }, refused: [] };
  } finally {
    callOff();
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

type Refusal = { recipient: string; code: number };

/** Returns the recipients that the server refused; rejects if it refused all, or the mail. */
async function send(
  socket: Socket,
  { receiver, url, secret, message }: Mail,
  to: readonly string[],
  host: string,
  port: number,
): Promise<Refusal[]> {
  const failed = once(socket, 'close').then(() => {
    throw new Error('the connection ended');
  });
  failed.catch(() => {});
  const transport = createTransport({
    host,
    port,
    connection: socket,
    secure: url.protocol === 'smtps:',
    // A password never crosses a network in the clear.
    requireTLS: secret !== null && !isLoopback(url.hostname),
    ...(receiver.user !== null && secret !== null && { auth: { user: receiver.user, pass: secret } }),
    ...(isIP(host) === 0 && { tls: { servername: host } }),
    greetingTimeout: MAIL_MS,
    socketTimeout: MAIL_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const sent = transport.sendMail({
    from: receiver.from ?? '',
    to: [...receiver.to],
    envelope: { from: receiver.from ?? '', to: [...to] },
    subject: message.title,
    text: linesOf(message)
      .map(({ text, link }) => (link === null ? text : `${text}\n${link}`))
      .join('\n\n'),
    messageId: `<${message.id}@switchyard>`,
    date: new Date(message.at),
    headers: { 'X-Switchyard-Id': message.id, 'Auto-Submitted': 'auto-generated' },
  });
  sent.catch(() => {});
  const answer: { rejectedErrors?: { recipient?: string; responseCode?: number }[] } = await Promise.race([
    sent,
    failed,
  ]);
  return (answer.rejectedErrors ?? []).map(({ recipient = '', responseCode = 0 }) => ({
    recipient,
    code: responseCode,
  }));
}

/** Names the first few. Final if no refused recipient may be taken later. */
const partOf = (refusals: readonly Refusal[], to: readonly string[], where: string) => ({
  message: `the mail server ${where} refused ${refusals.length} of ${to.length} recipients: ${refusals
    .slice(0, 3)
    .map(({ recipient, code }) => `${recipient} (${code})`)
    .join(', ')}`,
  final: refusals.every(({ code }) => code >= 500),
});

/** Uses only codes, because a server's words may repeat the message. */
function refusalOf(error: unknown, where: string): { message: string; final: boolean } {
  const { responseCode, code, message } = Object(error) as {
    responseCode?: unknown;
    code?: unknown;
    message?: unknown;
  };
  if (typeof responseCode === 'number')
    return { message: `the mail server ${where} answered ${responseCode}`, final: responseCode >= 500 };
  const why = typeof code === 'string' ? code : isOwn(message) ? message : 'no reason given';
  return { message: `the mail server ${where} could not be used: ${why}`, final: false };
}

/** Whether the words are this file's or addresses.ts's. Those hold no secret. */
const isOwn = (message: unknown): message is string =>
  typeof message === 'string' &&
  /^(took too long|the coordinator stops|the connection ended)$|private address/.test(message);
