import type { FastifyReply } from 'fastify';

/** A page of two sentences for a browser outside the dashboard. `link`: where to continue, if anywhere. */
export function sendNotice(
  reply: FastifyReply,
  status: number,
  { title, text, link }: { title: string; text: string; link?: { href: string; words: string } },
): FastifyReply {
  const further = link ? `<p><a href="${escaped(link.href)}">${escaped(link.words)}</a>` : '';
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><h1>${escaped(title)}</h1><p>${escaped(text)}${further}`,
    );
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
