import type { NotifyMessage } from '../../shared/model/notify.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import { callOut } from './call-out.ts';
import { FORMATS } from './formats/formats.ts';
import { createMailOut } from './mail-out.ts';
import type { Outcome } from './progress.ts';
import { readSecret, readSecretUrl } from './secret.ts';

/** Tries once to tell a receiver. Never rejects. The outcome holds no secret. */
export type Deliver = (message: NotifyMessage) => Promise<Outcome>;

export type DeliverDeps = { clock: Clock; receiver: ReceiverConfig; signal: AbortSignal };

export function createDeliver({ clock, receiver, signal }: DeliverDeps): Deliver {
  const { kind } = receiver;
  const mailOut = createMailOut({ clock, signal });
  return (message) =>
    attempt(async () => {
      const held = await secretOf(receiver);
      if (kind === 'heartbeat') throw new Error('a heartbeat is told nothing');
      if (kind === 'email') return mailOut({ receiver, ...held, message });
      const call = FORMATS[kind]({ message, receiver, ...held, at: clock.now() });
      return callOut({ clock, receiver, signal }, call);
    });
}

/** Pings an outside watch once. */
export const createPing =
  ({ clock, receiver, signal }: DeliverDeps): (() => Promise<Outcome>) =>
  () =>
    attempt(async () => {
      const { url } = await secretOf(receiver);
      return callOut({ clock, receiver, signal }, { url, method: 'GET', headers: {} });
    });

/** Reads the secret at each try, so that it can be replaced without a restart. */
async function secretOf({ url, secretFile }: ReceiverConfig): Promise<{ url: URL; secret: string | null }> {
  if (url === null) return { url: await readSecretUrl(secretFile ?? ''), secret: null };
  return { url, secret: secretFile === null ? null : await readSecret(secretFile) };
}

/** Turns an error into a failed outcome with the error's words. Network errors name hosts, never paths, headers or bodies. */
async function attempt(run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', message: message.slice(0, 300), final: false, retryAfterMs: null };
  }
}

/** Why a receiver's secret cannot be used; null if it can, or none is needed. */
export async function secretFault(receiver: ReceiverConfig): Promise<string | null> {
  try {
    await secretOf(receiver);
    return null;
  } catch (error) {
    return `notify ${receiver.name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
