/**
 * The floor for the coordinator: a `ws` server that parses each frame as JSON, and answers a hello with a welcome and output with its
 * acknowledgement, so that the same agents can talk to it. It checks no token and no schema, and keeps nothing but its sockets.
 */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WebSocketServer } from 'ws';
import { decodeOutput } from '../shared/wire/codec.ts';
import { answerQuestions } from './questions.ts';

const [dataDir = '.'] = process.argv.slice(2);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

server.on('connection', (socket) => {
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      const payload = { id: decodeOutput(data)?.commandId, offset: 0 };
      socket.send(JSON.stringify({ type: 'command.output.ack', payload }));
      return;
    }
    const { type } = JSON.parse(data.toString('utf8'));
    if (type !== 'hello') return;
    const payload = { hostId: randomUUID(), serverTime: Date.now(), output: [], finished: [] };
    socket.send(JSON.stringify({ type: 'welcome', payload }));
  });
});

/** One row per connection in one durable transaction, then one frame to each: the least that a dispatch must do. */
function fanOut({ rowBytes }: { rowBytes: number }): void {
  const db = new DatabaseSync(join(dataDir, `floor-${randomUUID()}.db`));
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE commands (id TEXT PRIMARY KEY, record TEXT)',
  );
  const insert = db.prepare('INSERT INTO commands (id, record) VALUES (?, ?)');
  const runs = [...server.clients].map((socket) => {
    const payload = {
      id: randomUUID(),
      op: 'check-version',
      options: {},
      killGraceMs: 10_000,
      notAfter: Date.now() + 120_000,
    };
    return { socket, payload };
  });
  const filler = 'x'.repeat(rowBytes);
  db.exec('BEGIN');
  for (const { payload } of runs) insert.run(payload.id, JSON.stringify({ ...payload, filler }));
  db.exec('COMMIT');
  for (const { socket, payload } of runs) socket.send(JSON.stringify({ type: 'command.run', payload }));
  db.close();
}

answerQuestions({ fanOut });

server.on('listening', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ msg: 'listening', address: `http://127.0.0.1:${port}` }));
});
