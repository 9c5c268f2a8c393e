// To be imported before libp2p: makes Deno's sockets what libp2p takes them for. In Deno 2.7.11
//
// - the option `noDelay` of net.connect and net.createServer is ignored, by which libp2p switches Nagle's algorithm
//   (RFC 896) off; with it and delayed acknowledgements every exchange takes 88 ms instead of one. setNoDelay on the
//   socket works;
// - resetAndDestroy, by which libp2p cuts connections, does nothing: the connection stays. destroy works.
//
// tests/p2p/peer_test.ts fails when either comes back.

import net, { type Server, type Socket } from "node:net";

const { connect, createServer } = net;

function mend(socket: Socket): Socket {
  socket.resetAndDestroy = () => socket.destroy();
  return socket;
}

net.connect = ((...options: Parameters<typeof connect>): Socket => {
  const socket = mend(connect(...options));
  socket.once("connect", () => socket.setNoDelay(true));
  return socket;
}) as typeof connect;

net.createServer = ((...options: Parameters<typeof createServer>): Server => {
  const server = createServer(...options);
  // Before libp2p's own listener, which cuts what it does not want at once.
  server.prependListener("connection", (socket: Socket) => mend(socket).setNoDelay(true));
  return server;
}) as typeof createServer;
