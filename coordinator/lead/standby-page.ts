import { createHash } from 'node:crypto';
import { ERRORS } from '../../shared/api/errors.ts';
import type { Waiting } from './waiting.ts';

/** The page of a coordinator that does not lead. */

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f5f6f8, #14161a); }
main { max-width: 26em; margin: 12vh auto 0; padding: 24px; background: light-dark(#fff, #1c1f25); border: 1px solid light-dark(#dfe3e8, #30353d); border-radius: 4px; }
h1 { margin: 0 0 8px; font-size: 20px; }
p { margin: 8px 0 0; overflow-wrap: anywhere; }
.quiet { color: light-dark(#545c68, #a5adb8); font-size: 14px; }
a { color: light-dark(#0344d4, #84a9ff); }
`;

/** The page holds this one style and nothing else that acts. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`;

const AGAIN_S = 5;

/** @param path The asked path, with its query: the leader has the same page there. */
export function standbyPage(waiting: Waiting, path: string): string {
  const [heading, words] = sayings(waiting, path);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="${AGAIN_S}"><title>${heading} · Switchyard</title><style>${STYLE}</style><main><h1>${heading}</h1><p>${words}</p><p class="quiet">This page looks again every ${AGAIN_S} s.</p></main></html>`;
}

function sayings(waiting: Waiting, path: string): [heading: string, html: string] {
  if (waiting.kind === 'away')
    return [ERRORS.storage_unavailable.title, 'The database is away; the log says why. Nothing is lost meanwhile.'];
  const heading = 'This coordinator stands by';
  const { leader } = waiting;
  if (leader === null) return [heading, 'None leads yet. One takes the lead within 15 s.'];
  const at = `${leader.replace(/\/+$/, '')}${path.startsWith('/') ? path : '/'}`;
  return [heading, `Another one leads: <a href="${escaped(at)}">${escaped(leader)}</a>`];
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
