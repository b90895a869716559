import { below, type Format } from './call.ts';
import { linesOf } from './message.ts';

/** A message in a room. The message's id is the transaction id, which the homeserver takes only once. */
export const matrix: Format = ({ message, receiver, url, secret }) => {
  const room = encodeURIComponent(receiver.room ?? '');
  const lines = linesOf(message);
  const plain = [message.title, ...lines.map(({ text, link }) => `- ${text}${link === null ? '' : ` ${link}`}`)];
  const items = lines.map(
    ({ text, link }) => `<li>${link === null ? escaped(text) : `<a href="${escaped(link)}">${escaped(text)}</a>`}</li>`,
  );
  return {
    url: below(url, `/_matrix/client/v3/rooms/${room}/send/m.room.message/${message.id}`),
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret ?? ''}` },
    body: JSON.stringify({
      msgtype: 'm.text',
      body: plain.join('\n'),
      format: 'org.matrix.custom.html',
      formatted_body: `<b>${escaped(message.title)}</b><ul>${items.join('')}</ul>`,
    }),
  };
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
