/** Loaded into a measured coordinator: connections that come through a tunnel to BENCH_TUNNEL_PORT reach its HTTP server like any other. */
import { Server as HttpServer } from 'node:http';
import { createServer, Server } from 'node:net';
import { acceptTunnel } from './tunnel.ts';

/** The server that listens now. A standby has another. */
let listening: HttpServer | null = null;

const { listen } = Server.prototype;
Server.prototype.listen = function (this: Server, ...asked: unknown[]): Server {
  if (this instanceof HttpServer) {
    listening = this;
    this.once('close', () => {
      if (listening === this) listening = null;
    });
  }
  return Reflect.apply(listen, this, asked);
};

const door = createServer((socket) =>
  acceptTunnel(socket, (passage) => {
    if (listening) listening.emit('connection', passage);
    else passage.destroy();
  }),
);
door.listen(Number(process.env.BENCH_TUNNEL_PORT), '127.0.0.1');
door.unref();
