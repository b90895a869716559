import type { Context } from '../client/context.ts';
import { connectionWords, openFeed } from '../client/feed.ts';
import { EXIT, type ExitStatus } from '../grammar/exit-status.ts';

/** Waits until the host's agent has connected; Ctrl-C ends the wait and changes nothing. */
export async function untilGreets(
  context: Context,
  { hostId, name }: { hostId: string; name: string },
): Promise<ExitStatus> {
  const { config, clock, interrupted, terminal } = context;
  const greeted = Promise.withResolvers<void>();
  const look = (): void => {
    if (feed.state.hosts.get(hostId)?.online) greeted.resolve();
  };
  const feed = await openFeed({
    config,
    clock,
    interrupted,
    onChange: look,
    onWhole: look,
    onConnection: () => terminal.err.line(connectionWords(feed)),
  });
  terminal.err.line(`waiting for ${name}…`);
  look();
  const left = Promise.withResolvers<void>();
  interrupted.addEventListener('abort', () => left.resolve());
  if (interrupted.aborted) left.resolve();
  try {
    await Promise.race([greeted.promise, left.promise, feed.refused]);
  } finally {
    feed.close();
  }
  const host = feed.state.hosts.get(hostId);
  if (!host?.online) return EXIT.detached;
  terminal.err.line(
    `${terminal.err.paint.tone('ok', '✓')} ${host.name} is online: ${host.platform}, agent ${host.agentVersion}`,
  );
  return EXIT.success;
}
