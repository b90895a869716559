import type { Format } from './call.ts';
import { linesOf } from './message.ts';

/** An incoming webhook of Slack or a compatible service (Mattermost, Rocket.Chat). */
export const slack: Format = ({ message, url }) => {
  const lines = linesOf(message).map(({ text, link }) =>
    link === null ? `• ${escaped(text)}` : `• ${escaped(text)} <${link}|open>`,
  );
  return {
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: [`*${escaped(message.title)}*`, ...lines].join('\n') }),
  };
};

/** Escapes the three characters that Slack interprets. Others, such as a backtick, only change the look. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
