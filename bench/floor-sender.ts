/** The other end of floor-receiver.ts: sends a file as it reads it. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { WebSocket } from 'ws';
import { answerQuestions } from './questions.ts';

/** Resolves to the ms from the file's first byte until its last is durable. */
async function send({ url, path }: { url: string; path: string }): Promise<number> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  const startedAt = performance.now();
  for await (const chunk of createReadStream(path)) await new Promise((sent) => socket.send(chunk, sent));
  socket.send('end');
  await once(socket, 'message');
  const ms = performance.now() - startedAt;
  socket.close();
  return ms;
}

answerQuestions({ send });
