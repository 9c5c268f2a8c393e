// HTTP/0.9 to 1.1 (RFC 1945, RFC 9110, RFC 9112): one `http` record for a request and its reply, a `files` record for
// each body or part of one, and the software both ends say they are.

import type { Analyzer, Flow, Output, Protocol, Recognition } from "../analyzer.ts";
import type { OpenFile } from "../files/file.ts";
import { dropLine, readLine, takeRest } from "../lines.ts";
import { type Entity, type EntityEvents, wantsOnlyCrlf } from "../mime/entity.ts";
import { firstToken } from "../mime/header.ts";
import type { Shared } from "../shared.ts";
import { announceTunnel, type Connection, newConnection, type Side } from "./http/connection.ts";
import {
  type BodyExpectation,
  endMessage,
  frameField,
  type Message,
  messageBytes,
  messageGap,
  messageLine,
  newMessage,
} from "./http/framing.ts";
import { openHttpFile } from "./http/file.ts";
import { recogniseRequest } from "./http/recognise.ts";
import { readRequestLine, readStatusLine } from "./http/start-line.ts";

/** Zeek's ports for HTTP. */
const PORTS = [80, 81, 631, 1080, 3128, 8000, 8080, 8888];
/** Methods of requests that wait for a reply, at most: they only tell whether a reply has a body. */
const UNANSWERED_LIMIT = 1000;

const CR = 0x0d;
const LF = 0x0a;
const LETTER_H = 0x48;

/** HTTP, with what its flows share. */
export function httpProtocol(shared: Shared): Protocol {
  return {
    name: "http",
    transport: "tcp",
    ports: PORTS,
    recognise: (bytes, start, end, fromOrig): Recognition => fromOrig ? recogniseRequest(bytes, start, end) : "no",
    analyze: (flow, output) => analyzeHttp(flow, output, shared),
  };
}

function analyzeHttp(flow: Flow, output: Output, shared: Shared): Analyzer {
  const connection = newConnection(flow, output, shared);
  return {
    deliver: (fromOrig, bytes, start, end) => deliver(connection, fromOrig, bytes, start, end),
    gap: (fromOrig, length) => gap(connection, fromOrig, length),
    endOfSide: (fromOrig) => endSide(fromOrig ? connection.request : connection.reply, false),
    finish: () => {
      endSide(connection.request, true);
      endSide(connection.reply, true);
      connection.transactions.flush();
      shared.ranges.leave(flow.uid, output);
    },
  };
}

function deliver(connection: Connection, fromOrig: boolean, bytes: Uint8Array, start: number, end: number): boolean {
  const side = fromOrig ? connection.request : connection.reply;
  let at = start;
  while (at < end && side.expects !== "nothing" && connection.over === "no") {
    at = take(connection, side, bytes, at, end);
  }
  // A tunnel's or upgraded connection's bytes are another protocol's; after a violation nothing can be told.
  return connection.over === "no" || connection.over === "tunnel";
}

/** Takes the next line or stretch of a body; returns where it ends. */
function take(connection: Connection, side: Side, bytes: Uint8Array, at: number, end: number): number {
  if (side.skip > 0) {
    const length = Math.min(side.skip, end - at);
    side.skip -= length;
    return at + length;
  }
  const { message, lines } = side;
  if (side.expects === "raw") {
    takeRaw(connection, side, bytes, at, end);
    return end;
  }
  if (side.expects === "message" && message?.awaits === "bytes") {
    const stop = Math.min(end, at + message.left);
    messageBytes(message, bytes, at, stop);
    return stop;
  }
  // Other protocols on HTTP's ports show in their first byte; waiting for a line end would only fill memory.
  if (side.expects === "start" && lines.buffered === 0 && !mayBegin(side.fromOrig, bytes[at]!)) {
    if (side.fromOrig) connection.output.weird(connection.flow, "bad_HTTP_request");
    violate(connection, side);
    return end;
  }
  const counted = side.expects === "message" && message !== undefined && message.awaits === "line";
  const stop = counted ? Math.min(end, at + message.left) : end;
  const next = readLine(
    lines,
    bytes,
    at,
    stop,
    message !== undefined && !message.ended && wantsOnlyCrlf(message.entity),
  );
  if (counted) message.left -= next - at;
  const lastOfBody = counted && message.left === 0;
  if (lines.found === "none" && !(lastOfBody && takeRest(lines))) return next;
  takeLine(connection, side, next);
  if (lastOfBody && !message.ended) endMessage(message);
  return next;
}

/** Whether a first line may begin with this byte, or an empty line before it. */
function mayBegin(fromOrig: boolean, byte: number): boolean {
  return byte === CR || byte === LF || (fromOrig ? byte >= 0x20 && byte < 0x7f : byte === LETTER_H);
}

function takeLine(connection: Connection, side: Side, next: number): void {
  const { lines, message } = side;
  const whole = lines.found === "line";
  if (side.expects === "start") {
    // The rest of a first line that is too long is as good as lost.
    if (!whole) connection.output.weird(connection.flow, "contentline_size_exceeded");
    if (side.fromOrig) takeRequestLine(connection, side);
    else takeStatusLine(connection, side);
  } else if (message !== undefined) {
    const blank = lines.start === lines.end;
    const inHeader = message.awaits === "header";
    messageLine(message, lines.bytes, lines.start, lines.end, whole);
    if (!side.fromOrig && inHeader && blank && connection.connect) tunnel(connection, next);
  }
}

function takeRequestLine(connection: Connection, side: Side): void {
  const { flow, output, transactions } = connection;
  const { bytes, start, end } = side.lines;
  const line = readRequestLine(bytes, start, end, (name) => output.weird(flow, name));
  if (typeof line === "string") {
    if (start === end) output.weird(flow, "empty_http_request");
    else {
      output.weird(flow, line);
      violate(connection, side);
    }
    return;
  }
  setVersion(connection, side, line.version);
  if (++connection.requests > 1 && !connection.keepAlive) output.weird(flow, "unexpected_multiple_HTTP_requests");
  if (line.method.toUpperCase() === "CONNECT") connection.connect = true;
  if (connection.unanswered.length < UNANSWERED_LIMIT) connection.unanswered.push(line.method.toUpperCase());
  transactions.request(line.method, line.uri);
  beginMessage(connection, side, "maybe");
  if (line.version === "0.9") connection.reply.expects = "raw";
}

function takeStatusLine(connection: Connection, side: Side): void {
  const { bytes, start, end } = side.lines;
  const line = readStatusLine(bytes, start, end);
  if (line === undefined) {
    if (start !== end) violate(connection, side);
    return;
  }
  setVersion(connection, side, line.version);
  confirm(connection);
  connection.code = line.code;
  connection.transactions.reply(line.version, line.code, line.reason ?? "<empty>");
  if (connection.connect) announceTunnel(connection, line.code);
  beginMessage(connection, side, replyBody(connection));
}

/** The reply of an HTTP/0.9 server: contents and nothing else. */
function takeRaw(connection: Connection, side: Side, bytes: Uint8Array, start: number, end: number): void {
  if (side.message === undefined || side.message.ended) {
    setVersion(connection, side, "0.9");
    confirm(connection);
    connection.unanswered.shift();
    connection.closing = true;
    connection.transactions.reply("0.9", 0, "<empty>");
    beginMessage(connection, side, "expected");
    side.expects = "raw";
    messageLine(side.message!, bytes, start, start, true);
  }
  messageBytes(side.message!, bytes, start, end);
}

/** As in Zeek, a request that nobody answers is not HTTP yet, and neither is an answer that nobody asked for. */
function confirm({ flow, output, unanswered }: Connection): void {
  if (unanswered.length > 0) output.service(flow, "http");
}

function violate(connection: Connection, side: Side): void {
  side.expects = "nothing";
  connection.over = "violated";
  connection.output.notService(connection.flow, "http");
}

function setVersion(connection: Connection, side: Side, version: string): void {
  if (side.version !== "" && side.version !== version) {
    connection.output.weird(connection.flow, "HTTP_version_mismatch");
  }
  side.version = version;
  if (version > "1.0") connection.keepAlive = true;
}

function replyBody(connection: Connection): BodyExpectation {
  const { code, unanswered } = connection;
  const none = unanswered[0] === "HEAD" || (code >= 100 && code < 200) || code === 204 || code === 304;
  return none ? "never" : "expected";
}

function beginMessage(connection: Connection, side: Side, expectation: BodyExpectation): void {
  side.expects = "message";
  side.message = newMessage({
    expectation,
    closing: () => connection.closing,
    events: entityEvents(connection, side),
  });
}

function entityEvents(connection: Connection, side: Side): EntityEvents {
  const { flow, output, transactions } = connection;
  const weird = (name: string, addl?: string) => output.weird(flow, name, addl);
  return {
    weird,
    begin: () => void transactions.current(side.fromOrig),
    headerEnd: () => {},
    field: (entity, name, value) => {
      transactions.field(side.fromOrig, name, value);
      if (entity !== side.message?.entity) return;
      takeField(connection, side, name, value);
    },
    open: (entity): OpenFile => openHttpFile(connection, side, entity, connection.files++),
    end: (entity: Entity) => {
      entity.file?.finish();
      if (side.message !== undefined && entity === side.message.entity) messageDone(connection, side, side.message);
    },
  };
}

function takeField(connection: Connection, side: Side, name: string, value: string): void {
  const { flow, output, shared } = connection;
  // Zeek reads the version off the request while one is under way.
  const ongoing = connection.request.expects === "message" && connection.request.message?.ended === false;
  const version = ongoing ? connection.request.version : connection.reply.version;
  frameField(side.message!, name, value, side.fromOrig ? 0 : connection.code, version);
  if (name === "CONNECTION") {
    const token = firstToken(value);
    if (side.fromOrig && token === "keep-alive") connection.keepAlive = true;
    if (!side.fromOrig && token === "close") connection.closing = true;
    if (!side.fromOrig && token === "upgrade") connection.upgradeConnection = true;
  } else if (name === "UPGRADE" && !side.fromOrig) connection.upgradeProtocol = firstToken(value);
  else if (name === "USER-AGENT" && side.fromOrig) {
    shared.software.found(output, { host: flow.orig_h, type: "HTTP::BROWSER", text: value });
  } else if (name === "SERVER" && !side.fromOrig) {
    shared.software.found(output, { host: flow.resp_h, port: flow.resp_p, type: "HTTP::SERVER", text: value });
  } else if (name === "X-POWERED-BY" && !side.fromOrig) {
    shared.software.found(output, { host: flow.resp_h, port: flow.resp_p, type: "HTTP::APPSERVER", text: value });
  }
}

function messageDone(connection: Connection, side: Side, message: Message): void {
  connection.transactions.messageDone(side.fromOrig, message.bodyLength);
  if (side.expects === "nothing") return;
  if (message.awaits === "line" && message.left !== Infinity) side.skip = message.left;
  if (side.expects !== "raw") side.expects = "start";
  if (side.fromOrig) return;
  const informational = connection.code >= 100 && connection.code < 200;
  if (!informational) connection.unanswered.shift();
  if (connection.code === 101 && connection.upgradeConnection && connection.upgradeProtocol !== "") {
    connection.over = "upgraded";
  }
  connection.code = 0;
  connection.upgradeConnection = false;
  connection.upgradeProtocol = "";
}

/** CONNECT was granted: what follows is whatever the client wanted to reach. */
function tunnel(connection: Connection, from: number): void {
  connection.over = "tunnel";
  connection.output.upgrade(connection.flow, undefined, from);
}

function gap(connection: Connection, fromOrig: boolean, length: number): boolean {
  const side = fromOrig ? connection.request : connection.reply;
  if (side.expects === "nothing") return true;
  if (side.message !== undefined && messageGap(side.message, length)) return true;
  endSide(side, true);
  // Whether a reply has a body depends on its request: without the request replies cannot be read either.
  if (fromOrig) endSide(connection.reply, true);
  side.expects = "nothing";
  dropLine(side.lines);
  return connection.request.expects !== "nothing" || connection.reply.expects !== "nothing";
}

/** The end of one side: of its stream, or of what can be read of it (`forGood`). */
function endSide(side: Side, forGood: boolean): void {
  const { message } = side;
  if (message !== undefined && !message.ended) {
    if (message.awaits === "line" && takeRest(side.lines)) takeRestOfBody(side, message);
    if (forGood) side.expects = "nothing";
    endMessage(message);
  }
  if (forGood) side.expects = "nothing";
}

function takeRestOfBody(side: Side, message: Message): void {
  messageLine(message, side.lines.bytes, side.lines.start, side.lines.end, false);
}
