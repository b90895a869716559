import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import tls from 'node:tls';

/**
 * How long each address of a name is tried before the next. Node's 250 ms end every try over a link with a longer round trip, so
 * a name with several addresses is never reached. This tolerates a satellite link and one lost packet. A host without a route to
 * the first address knows so at once; only one whose packets vanish waits this long.
 */
const ADDRESS_ATTEMPT_MS = 3_000;

/**
 * Sets up how this process reaches others; call before its first connection. `trustsMachine`: also trust the machine's
 * certificate authorities; takes 8 MB, and is useless without TLS.
 */
export function setUpNetwork({ trustsMachine }: { trustsMachine: boolean }): void {
  setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_ATTEMPT_MS);
  // Before Node 24.5, only NODE_USE_SYSTEM_CA or NODE_EXTRA_CA_CERTS can do this.
  if (!trustsMachine || typeof tls.setDefaultCACertificates !== 'function') return;
  tls.setDefaultCACertificates([...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])]);
}
