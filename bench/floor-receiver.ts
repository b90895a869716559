/** The floor of output: a bare `ws` server that writes the binary frames of each connection to a file, and says when they are durable. */
import { createWriteStream } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

const [dir = '.'] = process.argv.slice(2);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

// It ends with the program that started it.
process.once('disconnect', () => process.exit());

server.on('connection', (socket) => {
  const file = createWriteStream(join(dir, 'floor-output'), { flush: true });
  file.on('close', () => socket.send('durable'));
  file.on('drain', () => socket.resume());
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) file.end();
    else if (!file.write(data)) socket.pause();
  });
});

server.on('listening', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ msg: 'listening', address: `ws://127.0.0.1:${port}` }));
});
