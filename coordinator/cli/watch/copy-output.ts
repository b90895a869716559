import { ARRIVALS, type OutputHolding } from '../../../shared/model/output-arrival.ts';
import { sleep } from '../../../shared/time/clock.ts';
import type { Context } from '../client/context.ts';
import type { CommandHost } from '../client/host-command.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { createHarmless } from '../terminal/harmless.ts';
import { isLongGone, mayCome, REST_PATIENCE_MS } from './shortfall.ts';

/** When copying ends: now; once all output of an ended command is there; or once the command has ended, too. */
export type CopyUntil = 'now' | 'whole' | 'ended';

export type CopyOptions = {
  id: string;
  host: CommandHost;
  /** The first byte that is wanted. */
  offset: number;
  until: CopyUntil;
};

const PAUSE_MS = 1_000;
/** How long to retry a coordinator that is gone. */
const GIVE_UP_MS = 10 * 60_000;
/** A request that is silent for this long is repeated: it may hang, and the output's arrival may have changed. */
const QUIET_MS = 15_000;

/**
 * Writes a command's output to stdout, each byte once: a new request starts where the last answer ended. Resolves to the final
 * arrival; if that is neither whole nor growing, the rest did not come. Null if a person interrupted it.
 */
export async function copyOutput(
  context: Context,
  { id, host, offset, until }: CopyOptions,
): Promise<OutputHolding | null> {
  const { client, clock, interrupted, terminal } = context;
  const { out, err } = terminal;
  const hasColour = out.paint.tone('ok', '') !== '';
  const harmless = out.isTerminal ? createHarmless({ hasColour }) : null;
  let at = offset;
  let holding: OutputHolding | null = null;
  /** When there was last any news: a byte, another arrival, the connection. */
  let newsAt = clock.monotonic();
  let lostAt: number | null = null;

  const follows = (): boolean =>
    until === 'ended' || (until === 'whole' && holding !== null && mayCome(holding.arrival));

  /** Copies one answer. */
  async function copyAnswer(): Promise<OutputHolding> {
    const quiet = new AbortController();
    const query = `offset=${at}${follows() ? '&follow=true' : ''}`;
    const signal = AbortSignal.any([interrupted, quiet.signal]);
    const { headers, body } = await client.stream(`/api/commands/${id}/output?${query}`, signal);
    // Time in which stdout accepts nothing does not count against the answer.
    const listen = () => clock.setTimeout(() => quiet.abort(), QUIET_MS);
    let silence = listen();
    try {
      for await (const bytes of body ?? []) {
        clock.clearTimeout(silence);
        at += bytes.length;
        newsAt = clock.monotonic();
        out.raw(harmless ? harmless(bytes) : bytes);
        await out.drained();
        silence = listen();
      }
    } catch (error) {
      if (!quiet.signal.aborted) throw error;
    } finally {
      clock.clearTimeout(silence);
    }
    return holdingIn(headers);
  }

  function took(next: OutputHolding): boolean {
    const isNews = lostAt !== null || (holding !== null && holding.arrival !== next.arrival);
    if (isNews) newsAt = clock.monotonic();
    if (next.arrival === 'away' && holding?.arrival !== 'away' && until !== 'now')
      err.line(err.paint.faint(`${next.bytes} of ${next.total} bytes are here; ${host.name} is offline`));
    lostAt = null;
    holding = next;
    if (at < next.bytes) return false;
    if (until === 'now' || !(mayCome(next.arrival) || (until === 'ended' && next.arrival === 'growing'))) return true;
    if (next.arrival === 'growing') return false;
    if (next.arrival === 'away' && !host.online && isLongGone(host.lastSeenAt, client.now())) return true;
    return clock.monotonic() - newsAt >= REST_PATIENCE_MS;
  }

  function lost(error: unknown): void {
    // A stream that breaks off is fetch's own error; a refusal of the API is not retried.
    const isLost =
      !(error instanceof Failure) || (error.exit === EXIT.unreachable && (lostAt !== null || holding !== null));
    lostAt ??= clock.monotonic();
    if (isLost && until !== 'now' && clock.monotonic() - lostAt <= GIVE_UP_MS) return;
    if (error instanceof Failure) throw error;
    throw new Failure(`the output broke off at byte ${at}`, { exit: EXIT.unreachable, cause: error });
  }

  try {
    for (;;) {
      const before = at;
      try {
        if (took(await copyAnswer())) return holding;
        if (at > before) continue;
      } catch (error) {
        if (interrupted.aborted) return null;
        const isFirst = lostAt === null;
        lost(error);
        if (isFirst) err.line(err.paint.faint('the connection broke; trying again'));
      }
      await sleep(clock, PAUSE_MS, interrupted).catch(() => {});
    }
  } finally {
    // Text after it gets none of its colours.
    if (harmless && hasColour) out.raw('\u001b[0m');
  }
}

function holdingIn(headers: Headers): OutputHolding {
  const count = (name: string) => Number(headers.get(name) ?? 0);
  const bytes = count('x-output-bytes');
  const arrival = ARRIVALS.find((word) => word === headers.get('x-output-arrival')) ?? 'whole';
  return { bytes, total: Math.max(bytes, count('x-output-total')), arrival };
}
