import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import tls from 'node:tls';

/**
 * How long each address of a name is tried before the next one. Node's 250 ms end every try over a link whose round trip takes longer, so that
 * a name with several addresses is never reached; this bears a satellite and one lost packet. A host that has no way to the first address knows
 * that at once; only one that loses what it sends there waits for so long.
 */
export const ADDRESS_ATTEMPT_MS = 3_000;

/**
 * Sets up how this process reaches others; before its first connection. `trustsMachine`: beside Node's own certificate authorities, those that
 * the machine trusts; it takes 8 MB, and is of no use without TLS.
 */
export function setUpNetwork({ trustsMachine }: { trustsMachine: boolean }): void {
  setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_ATTEMPT_MS);
  // Before Node 24.5 NODE_USE_SYSTEM_CA or NODE_EXTRA_CA_CERTS has to say it.
  if (!trustsMachine || typeof tls.setDefaultCACertificates !== 'function') return;
  tls.setDefaultCACertificates([...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])]);
}
