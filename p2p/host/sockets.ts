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

/** Who is not even listened to, by the port that is listened on; asked before libp2p sees the connection. */
export const refusals = new Map<number, (ip: string) => boolean>();

type Listener = (socket: Socket) => void;

net.createServer = ((...options: unknown[]): Server => {
  const listener = options.at(-1) as Listener | undefined;
  function accept(socket: Socket): void {
    // A refusal by libp2p costs a millisecond, this one a tenth of it: who is sent away tends to come back at once.
    if (refusals.get(socket.localPort ?? 0)?.(socket.remoteAddress ?? "") === true) socket.destroy();
    else {
      mend(socket).setNoDelay(true);
      listener?.(socket);
    }
  }
  const all = typeof listener === "function" ? options.slice(0, -1) : options;
  return (createServer as (...all: unknown[]) => Server)(...all, accept);
}) as typeof createServer;
