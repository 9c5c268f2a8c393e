// The libp2p node: TCP, noise, yamux, identify and ping, with limits on who may connect and how often. Everything of
// libp2p that the rest of p2p/ sees goes through here.

import "./environment.ts";
import { refusals } from "./sockets.ts";
import { identify } from "@libp2p/identify";
import type { Connection, ConnectionGater, Libp2p, PrivateKey, Stream } from "@libp2p/interface";
import { noise, pureJsCrypto } from "@libp2p/noise";
import { peerIdFromString } from "@libp2p/peer-id";
import { ping } from "@libp2p/ping";
import { preSharedKey } from "@libp2p/pnet";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { canonicalAddress } from "../../agent/record/address-text.ts";
import { InputError } from "../../agent/errors.ts";

export type { Connection, Stream };

export interface HostOptions {
  readonly key: PrivateKey;
  readonly port: number;
  /** Addresses listened on; all of this machine unless said otherwise. */
  readonly listen?: readonly string[] | undefined;
  /** Encrypts connections from the first byte on: a closed group's key. */
  readonly connectionKey: Uint8Array<ArrayBuffer> | undefined;
  /** Connections at the same time, and from one address. */
  readonly maximumPeers: number;
  readonly maximumPeersPerHost: number;
  /** New connections a second from one address. */
  readonly newConnectionsPerSecond?: number | undefined;
  /** Whether this address may connect, or be connected to. */
  readonly addressAllowed: (ip: string) => boolean;
  /** Whether this peer may, once it has proved who it is. */
  readonly peerAllowed: (peer: string) => boolean;
}

export interface HostEvents {
  /** A peer has opened a stream of one of our protocols. */
  stream(protocol: string, peer: string, ip: string, stream: Stream, connection: Connection): void;
  /** A peer has connected. */
  connected(peer: string, ip: string, connection: Connection): void;
  /** The last connection with a peer is over. */
  disconnected(peer: string): void;
}

export interface Host {
  readonly peer: string;
  /** The port that is listened on. */
  readonly port: number;
  dial(peer: string, addresses: readonly string[], port: number): Promise<Connection>;
  open(connection: Connection, protocol: string): Promise<Stream>;
  /** Ends all connections with a peer at once. */
  cut(peer: string): void;
  connections(peer: string): Connection[];
  stop(): Promise<void>;
}

/** Milliseconds for a connection to come about, and for its handshakes. */
const DIAL_TIMEOUT = 5000;
const HANDSHAKE_TIMEOUT = 5000;
/** Connections whose handshake is not over: as many as one host may open while it lasts, four hosts at a time. */
const PENDING_HANDSHAKES = 100;
/** Own choice, as libp2p's: five a second let a peer that restarts in, and a flood out. */
const NEW_CONNECTIONS_PER_SECOND = 5;
/** Milliseconds between two pings of a connection, and for the answer: a pulled cable is noticed within 15 s. */
const PING_INTERVAL = 10_000;
const PING_TIMEOUT = 5000;
/** Streams of one protocol in one connection. Two: both ends may open one at the same time. */
const STREAMS = 2;
/** The legacy protocol opens a stream for each message. */
const LEGACY_STREAMS = 16;

/** IP of the other end, as canonical text. */
export function remoteIp(address: Multiaddr): string {
  for (const { name, value } of address.getComponents()) {
    if (name !== "ip4" && name !== "ip6") continue;
    return plainIp(value ?? "");
  }
  return "";
}

/** Canonical text. Both families come to one socket; IPv4 addresses look like ::ffff:1.2.3.4 there. */
function plainIp(text: string): string {
  const ip = canonicalAddress(text) ?? "";
  return ip.startsWith("::ffff:") && ip.includes(".") ? ip.slice(7) : ip;
}

/** The address in libp2p's form, with the peer that is expected there: another one's handshake fails. */
function addressOf(ip: string, port: number, peer: string): Multiaddr {
  return multiaddr(`/${ip.includes(":") ? "ip6" : "ip4"}/${ip}/tcp/${port}/p2p/${peer}`);
}

/**
 * Starts the node.
 * @throws {InputError} when the port cannot be listened on.
 */
export async function startHost(
  options: HostOptions,
  protocols: readonly { readonly name: string; readonly legacy: boolean }[],
  events: HostEvents,
): Promise<Host> {
  const inbound = new Map<string, number>();
  const gater: ConnectionGater = {
    denyDialMultiaddr: (address) => !options.addressAllowed(remoteIp(address)),
    denyInboundConnection({ remoteAddr }) {
      const ip = remoteIp(remoteAddr);
      return !options.addressAllowed(ip) || (inbound.get(ip) ?? 0) >= options.maximumPeersPerHost;
    },
    denyInboundEncryptedConnection: (peer) => !options.peerAllowed(peer.toString()),
    denyOutboundEncryptedConnection: (peer) => !options.peerAllowed(peer.toString()),
    // Where a peer is we know from its announcements, and believe nobody else.
    filterMultiaddrForPeer: () => false,
  };

  const start = (listen: readonly string[]): Promise<Libp2p> =>
    createLibp2p({
      privateKey: options.key,
      addresses: { listen: [...listen] },
      transports: [tcp()],
      // The library takes node:crypto for messages from 1200 bytes on, with which Deno 2.7.11 cannot decrypt what it is given
      // in pieces ("unable to authenticate data"); a test sends large messages.
      connectionEncrypters: [noise({ crypto: pureJsCrypto })],
      streamMuxers: [yamux()],
      ...(options.connectionKey === undefined
        ? {}
        : { connectionProtector: preSharedKey({ psk: options.connectionKey }) }),
      connectionGater: gater,
      connectionManager: {
        maxConnections: options.maximumPeers + options.maximumPeersPerHost,
        maxIncomingPendingConnections: PENDING_HANDSHAKES,
        inboundConnectionThreshold: options.newConnectionsPerSecond ?? NEW_CONNECTIONS_PER_SECOND,
        inboundUpgradeTimeout: HANDSHAKE_TIMEOUT,
        dialTimeout: DIAL_TIMEOUT,
        // Who is dialled again, and when, is the address book's business.
        reconnectRetries: 0,
      },
      connectionMonitor: {
        pingInterval: PING_INTERVAL,
        pingTimeout: { minTimeout: PING_TIMEOUT },
        abortConnectionOnPingFailure: true,
      },
      // What the program is and does is told to nobody by this name alone.
      nodeInfo: { name: "smartshield", version: "1", userAgent: "smartshield" },
      services: { identify: identify(), ping: ping() },
      // deno-lint-ignore no-explicit-any -- the packages name each other's types in ways that exactOptionalPropertyTypes refuses
    } as any);

  let node: Libp2p;
  try {
    node = await start(
      options.listen?.map((ip) => listenAddress(ip, options.port)) ?? [listenAddress("::", options.port)],
    );
  } catch (error) {
    if (options.listen !== undefined) throw portTaken(options.port, error);
    try {
      // IPv6 is switched off on this machine.
      node = await start([listenAddress("0.0.0.0", options.port)]);
    } catch (again) {
      throw portTaken(options.port, again);
    }
  }

  for (const { name, legacy } of protocols) {
    await node.handle(name, (stream, connection) => {
      events.stream(name, connection.remotePeer.toString(), remoteIp(connection.remoteAddr), stream, connection);
    }, {
      maxInboundStreams: legacy ? LEGACY_STREAMS : STREAMS,
      maxOutboundStreams: legacy ? LEGACY_STREAMS : STREAMS,
      runOnLimitedConnection: false,
    });
  }
  node.addEventListener("connection:open", ({ detail: connection }) => {
    const ip = remoteIp(connection.remoteAddr);
    if (connection.direction === "inbound") inbound.set(ip, (inbound.get(ip) ?? 0) + 1);
    events.connected(connection.remotePeer.toString(), ip, connection);
  });
  node.addEventListener("connection:close", ({ detail: connection }) => {
    if (connection.direction !== "inbound") return;
    const ip = remoteIp(connection.remoteAddr);
    const left = (inbound.get(ip) ?? 1) - 1;
    if (left === 0) inbound.delete(ip);
    else inbound.set(ip, left);
  });
  node.addEventListener("peer:disconnect", ({ detail: peer }) => {
    events.disconnected(peer.toString());
    // libp2p would remember every identity that ever connected.
    void node.peerStore.delete(peer).catch(() => {});
  });

  const listening = node.getMultiaddrs()[0]?.getComponents().find(({ name }) => name === "tcp")?.value;
  const port = Number(listening ?? options.port);
  refusals.set(port, (ip) => !options.addressAllowed(plainIp(ip)));

  return {
    peer: node.peerId.toString(),
    port,
    dial: (peer, addresses, at) => node.dial(addresses.map((ip) => addressOf(ip, at, peer))),
    open: (connection, protocol) => connection.newStream(protocol),
    cut(peer) {
      for (const connection of node.getConnections(peerIdFromString(peer))) {
        connection.abort(new Error("not welcome"));
      }
    },
    connections: (peer) => node.getConnections(peerIdFromString(peer)),
    async stop() {
      refusals.delete(port);
      await node.stop();
    },
  };
}

function listenAddress(ip: string, port: number): string {
  return `/${ip.includes(":") ? "ip6" : "ip4"}/${ip}/tcp/${port}`;
}

function portTaken(port: number, error: unknown): InputError {
  const reason = error instanceof Error ? error.message : String(error);
  const taken = reason.includes("EADDRINUSE") || reason.includes("in use");
  return new InputError(
    `Peers cannot reach us at TCP port ${port}: ${
      taken ? "another program listens there; choose another p2p.port" : reason
    }.`,
  );
}
