// SOCKS, versions 4, 4a and 5 (RFC 1928, RFC 1929): named with the server's answer, which also opens a tunnel; what
// comes then is some other protocol's, to be recognised.

import { BoundedMap } from "../../../profile/bounded-map.ts";
import type { Analyzer, Flow, Output, Protocol, Recognition } from "../../analyzer.ts";

/** Tunnels remembered, so that each is told of once; the oldest are forgotten first. */
const MAXIMUM_TUNNELS = 4_096;
/** Longest message of either side: user name and password, 255 bytes each (RFC 1929), or version 4's two names. */
const LONGEST_MESSAGE = 528;
const PORT = 1080;

/** SOCKS with a memory of the tunnels it has told of. */
export function createSocksProtocol(): Protocol {
  const tunnels = new BoundedMap<string, true>(MAXIMUM_TUNNELS);
  return {
    name: "socks",
    transport: "tcp",
    ports: [PORT],
    recognise: (bytes, start, end, fromOrig) => fromOrig ? recogniseClient(bytes, start, end) : "no",
    analyze: (flow, output) => listen(flow, output, () => tell(tunnels, flow, output)),
  };
}

/** The first message of a client must be all it says: three bytes alone could be anything. */
function recogniseClient(bytes: Uint8Array, start: number, end: number): Recognition {
  const length = end - start;
  if (length === 0) return "more";
  if (bytes[start] === 5) {
    return length > 2 && length === 2 + bytes[start + 1]!
      ? plainMethods(bytes, start, end)
      : length < 2
      ? "more"
      : "no";
  }
  const command = bytes[start + 1];
  return bytes[start] === 4 && (command === 1 || command === 2) && length >= 9 && length <= 64 && bytes[end - 1] === 0
    ? "yes"
    : "no";
}

/** None, GSSAPI, user name and password: hardly anybody offers anything else. */
function plainMethods(bytes: Uint8Array, start: number, end: number): Recognition {
  for (let at = start + 2; at < end; at++) if (bytes[at]! > 2) return "no";
  return "yes";
}

/** All of a client's connections to one server are one tunnel; that is why it has no port of the client, as in Zeek. */
function tell(tunnels: BoundedMap<string, true>, flow: Flow, output: Output): void {
  const key = `${flow.orig_h} ${flow.resp_h} ${flow.resp_p}`;
  if (tunnels.has(key)) return;
  tunnels.set(key, true);
  output.emit({
    kind: "tunnel",
    ts: output.now,
    uid: flow.uid,
    orig_h: flow.orig_h,
    orig_p: 0,
    resp_h: flow.resp_h,
    resp_p: flow.resp_p,
    tunnel_type: "Tunnel::SOCKS",
    action: "Tunnel::DISCOVER",
  });
}

/** Bytes of one side that no message has used up yet. */
interface Side {
  readonly bytes: Uint8Array;
  length: number;
}

type Step = "greeting" | "method" | "login" | "login answer" | "request" | "answer" | "request 4" | "answer 4" | "done";

function listen(flow: Flow, output: Output, tellOfTunnel: () => void): Analyzer {
  const client: Side = { bytes: new Uint8Array(LONGEST_MESSAGE), length: 0 };
  const server: Side = { bytes: new Uint8Array(LONGEST_MESSAGE), length: 0 };
  let step: Step = "greeting";

  const finishWith = (success: boolean): Step | undefined => {
    output.service(flow, "socks");
    tellOfTunnel();
    return success ? "done" : undefined;
  };

  /** What follows a whole message of the side whose turn it is; undefined when it is none, or the last. */
  const follow = (bytes: Uint8Array): Step | undefined => {
    switch (step) {
      case "greeting":
        return "method";
      case "method":
        if (bytes[0] === 5 && bytes[1] === 0) return "request";
        if (bytes[0] === 5 && bytes[1] === 2) return "login";
        if (bytes[0] === 5) output.weird(flow, "socks5_unsupported_authentication_method", `${bytes[1]}`);
        return undefined;
      case "login":
        return "login answer";
      case "login answer":
        return bytes[1] === 0 ? "request" : undefined;
      case "request":
        return bytes[0] === 5 && bytes[1]! >= 1 && bytes[1]! <= 3 && bytes[2] === 0 ? "answer" : undefined;
      case "answer":
        return bytes[0] === 5 ? finishWith(bytes[1] === 0) : undefined;
      case "request 4":
        return bytes[1] === 1 || bytes[1] === 2 ? "answer 4" : undefined;
      case "answer 4":
        return bytes[0] === 0 ? finishWith(bytes[1] === 0x5a) : undefined;
      case "done":
        return undefined;
    }
  };

  return {
    deliver(fromOrig, bytes, start, end) {
      const side = fromOrig ? client : server;
      const size = Math.min(end - start, LONGEST_MESSAGE - side.length);
      side.bytes.set(bytes.subarray(start, start + size), side.length);
      side.length += size;
      for (;;) {
        if (step === "greeting" && client.length > 0 && client.bytes[0] === 4) step = "request 4";
        const speaker = speaks(step) === "client" ? client : server;
        const length = messageLength(step, speaker.bytes, speaker.length);
        if (length < 0) return false;
        // More than the longest message without a whole one in it is no SOCKS.
        if (length > speaker.length) return size === end - start;
        const next = follow(speaker.bytes);
        if (next === undefined) return false;
        step = next;
        speaker.bytes.copyWithin(0, length, speaker.length);
        speaker.length -= length;
        if (step === "done") {
          // What is left of the server's bytes stands at the end of those in hand.
          output.upgrade(flow, undefined, start + size - speaker.length);
          return false;
        }
      }
    },
    gap: () => false,
    finish() {},
  };
}

function speaks(step: Step): "client" | "server" {
  return step === "greeting" || step === "login" || step === "request" || step === "request 4" ? "client" : "server";
}

/** Bytes of the message at hand; more than there are when it is not whole, -1 when it can be none. */
function messageLength(step: Step, bytes: Uint8Array, have: number): number {
  switch (step) {
    case "greeting":
      if (have > 0 && bytes[0] !== 5) return -1;
      return have < 2 ? have + 1 : 2 + bytes[1]!;
    case "method":
    case "login answer":
      return 2;
    case "login": {
      const name = have < 2 ? 0 : bytes[1]!;
      return have < 3 + name ? have + 1 : 3 + name + bytes[2 + name]!;
    }
    case "request":
    case "answer":
      return addressedLength(bytes, have);
    case "request 4":
      return namedLength(bytes, have);
    case "answer 4":
      return 8;
    case "done":
      return -1;
  }
}

/** Version, code, zero, kind of address, address, port. */
function addressedLength(bytes: Uint8Array, have: number): number {
  if (have < 5) return have + 1;
  switch (bytes[3]) {
    case 1:
      return 10;
    case 3:
      return 7 + bytes[4]!;
    case 4:
      return 22;
    default:
      return -1;
  }
}

/** Version, command, port, address, user; and with the address 0.0.0.x a name (version 4a). Both end with a zero. */
function namedLength(bytes: Uint8Array, have: number): number {
  if (have < 9) return have + 1;
  const userEnd = bytes.indexOf(0, 8);
  if (userEnd < 0 || userEnd >= have) return have + 1;
  const named = bytes[4] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] !== 0;
  if (!named) return userEnd + 1;
  const nameEnd = bytes.indexOf(0, userEnd + 1);
  return nameEnd < 0 || nameEnd >= have ? have + 1 : nameEnd + 1;
}
