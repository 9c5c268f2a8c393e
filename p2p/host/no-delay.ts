// To be imported before libp2p: small messages must not wait for each other. Deno 2.7.11 ignores the option `noDelay` of
// net.connect and net.createServer, by which libp2p switches Nagle's algorithm (RFC 896) off; with it and delayed
// acknowledgements every exchange takes 88 ms instead of one. setNoDelay on a socket works, so each gets it here.
// tests/p2p/host_test.ts fails when that no longer suffices.

import net, { type Server, type Socket } from "node:net";

const { connect, createServer } = net;

net.connect = ((...options: Parameters<typeof connect>): Socket => {
  const socket = connect(...options);
  socket.once("connect", () => socket.setNoDelay(true));
  return socket;
}) as typeof connect;

net.createServer = ((...options: Parameters<typeof createServer>): Server => {
  const server = createServer(...options);
  server.on("connection", (socket: Socket) => socket.setNoDelay(true));
  return server;
}) as typeof createServer;
