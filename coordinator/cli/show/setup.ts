import { agentSetup, SETUP_NAMES, SETUPS, type Setup, type SetupToken } from '../../../shared/looks/agent-setup.ts';
import { serverName } from '../client/config.ts';
import type { Context } from '../client/context.ts';

/** Shows on stderr the text to paste on a host, for one platform or for each. */
export function showSetup({ terminal: { err }, config, flags }: Context, token: SetupToken): void {
  const { platform } = flags;
  for (const setup of platform ? [platform as Setup] : SETUPS) {
    err.line('');
    err.line(err.paint.strong(SETUP_NAMES[setup]));
    for (const { title, text } of agentSetup(setup, { server: serverName(config), token })) {
      err.line(`  ${title}:`);
      for (const line of text.split('\n')) err.line(`    ${line}`);
    }
  }
  err.line('');
}
