/** The floor of an idle agent: a bare `ws` client that sends a heartbeat as long as the agent's every few seconds. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

const [url = '', intervalMs = '5000', bytes = '1000'] = process.argv.slice(2);
const socket = new WebSocket(url, { perMessageDeflate: false });
await once(socket, 'open');
// It ends with the program that started it.
process.once('disconnect', () => process.exit());
let seq = 0;
setInterval(() => {
  seq += 1;
  socket.send(JSON.stringify({ type: 'heartbeat', payload: { seq, filler: 'x'.repeat(Number(bytes)) } }));
}, Number(intervalMs));
