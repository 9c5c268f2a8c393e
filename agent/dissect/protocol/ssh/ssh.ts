// SSH (RFC 4251 to 4253, and version 1): who talks to whom with what, until encryption hides it; then only sizes.

import { createHash } from "node:crypto";
import { isPrivate } from "../../../record/address.ts";
import type { RecordOf } from "../../../record/schema.ts";
import {
  type Analyzer,
  connectionFields,
  type Flow,
  type Output,
  type Protocol,
  type Recognition,
} from "../../analyzer.ts";
import type { SoftwareRegister } from "../../software.ts";
import { wireText } from "../../text.ts";
import { type AuthenticationSizes, measure, openSizes } from "./authentication.ts";
import { agree, hassh, hasshServer, type KeyExchangeInit, parseKeyExchangeInit, sshString } from "./key-exchange.ts";
import { assumedVersion, commonVersion, softwareOf } from "./version.ts";

/** Message numbers of SSH 2 (RFC 4250 section 4.1.2, RFC 4419, RFC 5656) and of SSH 1. */
const KEXINIT = 20, NEWKEYS = 21, KEX_REPLY = 31, KEX_GEX_REPLY = 33;
const SSH1_PUBLIC_KEY = 2, SSH1_SESSION_KEY = 3;

/** Longest line before the first packet. RFC 4253 section 4.2 allows 255 for the identification. */
const MAX_LINE = 4096;
/** Lines that a server may send before its identification. */
const MAX_LINES = 1024;
/** Longest packet before encryption: eight times what RFC 4253 section 6.1 obliges anybody to accept. */
const MAX_PACKET = 280_000;
/** Bytes kept of a packet that is read: KEXINIT and replies with post-quantum keys stay far below. */
const MAX_KEPT = 65_536;
const LENGTH_FIELD = 4;

interface Side {
  state: "lines" | "packets" | "encrypted";
  lines: number;
  /** The line or packet so far. */
  buffer: Uint8Array;
  have: number;
  /** Bytes of the packet behind its length field still to come; undefined while the length is unknown. */
  missing: number | undefined;
  init: KeyExchangeInit | undefined;
}

interface Connection {
  readonly flow: Flow;
  readonly output: Output;
  readonly software: SoftwareRegister;
  readonly orig: Side;
  readonly resp: Side;
  readonly sizes: AuthenticationSizes;
  record: RecordOf<"ssh"> | undefined;
  over: boolean;
}

/** SSH on its own port and wherever it introduces itself; the banners go to `software` as well. */
export function sshProtocol(software: SoftwareRegister): Protocol {
  return {
    name: "ssh",
    transport: "tcp",
    ports: [22],
    recognise,
    analyze: (flow, output) => analyzer(openConnection(flow, output, software)),
  };
}

/** By the client's identification, as Zeek does it: a server that nobody answers is no SSH connection. */
function recognise(bytes: Uint8Array, start: number, end: number, fromOrig: boolean): Recognition {
  if (!fromOrig) return "no";
  const text = "ssh-";
  for (let i = 0; i < text.length; i++) {
    if (start + i >= end) return "more";
    if ((bytes[start + i]! | (i < 3 ? 0x20 : 0)) !== text.charCodeAt(i)) return "no";
  }
  if (end - start < 6) return "more";
  const major = bytes[start + 4];
  return (major === 0x31 || major === 0x32) && bytes[start + 5] === 0x2e ? "yes" : "no";
}

function openConnection(flow: Flow, output: Output, software: SoftwareRegister): Connection {
  return {
    flow,
    output,
    software,
    orig: openSide(),
    resp: openSide(),
    sizes: openSizes(),
    record: undefined,
    over: false,
  };
}

function openSide(): Side {
  return { state: "lines", lines: 0, buffer: new Uint8Array(256), have: 0, missing: undefined, init: undefined };
}

function analyzer(connection: Connection): Analyzer {
  return {
    deliver(fromOrig, bytes, start, end) {
      const side = fromOrig ? connection.orig : connection.resp;
      let at = start;
      while (at < end && !connection.over && side.state !== "encrypted") {
        at = side.state === "lines"
          ? takeLine(connection, side, bytes, at, end)
          : takePacket(connection, side, bytes, at, end);
      }
      if (at < end && !connection.over) onEncrypted(connection, fromOrig, end - at);
      return !connection.over;
    },
    gap() {
      connection.over = true;
      return false;
    },
    finish() {
      if (connection.record !== undefined) connection.output.emit(connection.record);
      connection.record = undefined;
    },
  };
}

function recordOf(connection: Connection): RecordOf<"ssh"> {
  const { flow, output } = connection;
  if (connection.record !== undefined) return connection.record;
  const record: RecordOf<"ssh"> = { kind: "ssh", ...connectionFields(flow, output.now), auth_attempts: 0 };
  const local = isPrivate(flow.orig_h);
  if (local !== isPrivate(flow.resp_h)) record.direction = local ? "OUTBOUND" : "INBOUND";
  return connection.record = record;
}

/** Neither identification nor packet: nothing more is read, what is known is logged when the flow ends. */
function giveUp(connection: Connection): void {
  connection.over = true;
  connection.output.notService(connection.flow, "ssh");
}

function keep(side: Side, bytes: Uint8Array, start: number, end: number, limit: number): void {
  const room = Math.min(side.have + end - start, limit);
  if (room > side.buffer.length) {
    const larger = new Uint8Array(Math.min(Math.max(room, side.buffer.length * 2), limit));
    larger.set(side.buffer.subarray(0, side.have));
    side.buffer = larger;
  }
  const kept = Math.max(0, room - side.have);
  side.buffer.set(bytes.subarray(start, start + kept), side.have);
  side.have += kept;
}

function takeLine(connection: Connection, side: Side, bytes: Uint8Array, start: number, end: number): number {
  const newline = bytes.indexOf(0x0a, start);
  const isComplete = newline >= 0 && newline < end;
  keep(side, bytes, start, isComplete ? newline : end, MAX_LINE);
  if (side.have === MAX_LINE) giveUp(connection);
  if (!isComplete) return end;
  const length = side.have > 0 && side.buffer[side.have - 1] === 0x0d ? side.have - 1 : side.have;
  const line = wireText(side.buffer, 0, length);
  side.have = 0;
  if (/^SSH-/i.test(line)) onIdentification(connection, side, line);
  // Only a server may talk before it says who it is (RFC 4253 section 4.2).
  else if (side === connection.orig || ++side.lines === MAX_LINES) giveUp(connection);
  return newline + 1;
}

function onIdentification(connection: Connection, side: Side, line: string): void {
  side.state = "packets";
  const record = recordOf(connection);
  const { flow, output, software } = connection;
  if (side === connection.orig) {
    record.client = line;
    software.found(output, { host: flow.orig_h, type: "SSH::CLIENT", text: softwareOf(line) });
  } else {
    record.server = line;
    software.found(output, { host: flow.resp_h, port: flow.resp_p, type: "SSH::SERVER", text: softwareOf(line) });
  }
  const version = commonVersion(record.client, record.server);
  if (version !== undefined) record.version = version;
  else if (record.client !== undefined && record.server !== undefined) {
    output.weird(flow, "SSH_version_mismatch", `${record.server} vs ${record.client}`);
  }
}

function takePacket(connection: Connection, side: Side, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (side.missing === undefined) {
    const taken = Math.min(LENGTH_FIELD - side.have, end - at);
    keep(side, bytes, at, at + taken, LENGTH_FIELD);
    at += taken;
    if (side.have < LENGTH_FIELD) return end;
    side.missing = packetLength(connection, side.buffer);
    if (side.missing === undefined) {
      giveUp(connection);
      return end;
    }
  }
  const taken = Math.min(side.missing, end - at);
  keep(side, bytes, at, at + taken, MAX_KEPT);
  side.missing -= taken;
  if (side.missing > 0) return end;
  const { have } = side;
  side.have = 0;
  side.missing = undefined;
  onPacket(connection, side, side.buffer, have);
  return at + taken;
}

/** Bytes that follow the length field; undefined when that is too long or too short to begin a packet. */
function packetLength(connection: Connection, buffer: Uint8Array): number | undefined {
  const length = buffer[0]! * 2 ** 24 + (buffer[1]! << 16 | buffer[2]! << 8 | buffer[3]!);
  if (length < 2 || length > MAX_PACKET) return undefined;
  const { record } = connection;
  // SSH 1 pads in front to a multiple of 8, at least one byte, and does not count that.
  return assumedVersion(record?.client, record?.server) === 1 ? length + 8 - length % 8 : length;
}

function onPacket(connection: Connection, side: Side, buffer: Uint8Array, have: number): void {
  const { flow, output } = connection;
  const record = recordOf(connection);
  if (assumedVersion(record.client, record.server) === 1) {
    onSsh1Packet(connection, side, buffer, have);
    return;
  }
  const start = LENGTH_FIELD + 2;
  const end = have - buffer[LENGTH_FIELD]!;
  const type = buffer[LENGTH_FIELD + 1];
  if (type === NEWKEYS) {
    side.state = "encrypted";
    output.service(flow, "ssh");
  } else if (type === KEXINIT && side.init === undefined && end > start) {
    side.init = parseKeyExchangeInit(buffer, start, end);
    onKeyExchangeInit(connection, record);
  } else if (type === (hasGroupExchange(record.kex_alg) ? KEX_GEX_REPLY : KEX_REPLY)) {
    const key = sshString(buffer, start, Math.max(end, start));
    if (key !== undefined) record.host_key_fingerprint ??= keyFingerprint(buffer.subarray(key.start, key.end));
  }
}

function onKeyExchangeInit(connection: Connection, record: RecordOf<"ssh">): void {
  const { orig, resp } = connection;
  if (orig.init !== undefined) record.hassh ??= hassh(orig.init);
  if (resp.init !== undefined) record.hassh_server ??= hasshServer(resp.init);
  if (orig.init !== undefined && resp.init !== undefined) Object.assign(record, agree(orig.init, resp.init));
}

/** RFC 4419 (and RFC 4462 with GSS-API) first agree on a group, so their reply has another number. */
function hasGroupExchange(algorithm: string | undefined): boolean {
  return algorithm !== undefined &&
    (algorithm.startsWith("diffie-hellman-group-exchange-") || algorithm.startsWith("gss-"));
}

/** As OpenSSH shows a key, cut where Zeek cuts it. */
const FINGERPRINT_LENGTH = 32;

function keyFingerprint(key: Uint8Array): string {
  return "SHA256:" + createHash("sha256").update(key).digest("base64").slice(0, FINGERPRINT_LENGTH);
}

/** SSH 1: after the server's key and the client's session key everything is encrypted. */
function onSsh1Packet(connection: Connection, side: Side, buffer: Uint8Array, have: number): void {
  const length = buffer[2]! << 8 | buffer[3]!;
  const type = buffer[LENGTH_FIELD + 8 - length % 8];
  if (have === 0 || (type !== SSH1_PUBLIC_KEY && type !== SSH1_SESSION_KEY)) return;
  side.state = "encrypted";
  if (type === SSH1_SESSION_KEY) connection.output.service(connection.flow, "ssh");
}

function onEncrypted(connection: Connection, fromOrig: boolean, length: number): void {
  const { record } = connection;
  if (record === undefined || commonVersion(record.client, record.server) !== 2) return;
  const outcome = measure(connection.sizes, fromOrig, length);
  if (outcome === undefined) return;
  const sizesAreTrue = record.compression_alg === undefined || !record.compression_alg.startsWith("zlib");
  if (sizesAreTrue) {
    record.auth_success = outcome === "success";
    record.auth_attempts = (record.auth_attempts ?? 0) + 1;
  }
  if (outcome === "failure") return;
  connection.over = true;
  connection.output.emit(record);
  connection.record = undefined;
}
