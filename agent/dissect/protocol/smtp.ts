// SMTP (RFC 5321) with chunks (RFC 3030) and STARTTLS (RFC 3207): an `smtp` record for each mail, and a `files` record
// for each of its parts. Commands are matched with replies in order, and taken to succeed until a reply says otherwise:
// clients do not wait.

import type { Analyzer, Flow, Output, Protocol, Recognition } from "../analyzer.ts";
import { openFile } from "../files/file.ts";
import { dropLine, type LineReader, newLineReader, readLine, takeRest } from "../lines.ts";
import { beginEntity, endEntity, type Entity, type EntityEvents, entityLine } from "../mime/entity.ts";
import type { Shared } from "../shared.ts";
import { wireText } from "../text.ts";
import { readChunk } from "./smtp/bdat.ts";
import { isLastChunk, newTransactions, type Transactions } from "./smtp/transaction.ts";

/** Zeek's ports for SMTP. */
const PORTS = [25, 587];
/** A longer line comes in parts. RFC 5321 allows 1,000 bytes; some software does not care. */
export const LINE_BYTES_LIMIT = 16_384;
/** Commands that wait for a reply, at most. */
const WAITING_LIMIT = 1000;
/** Lines of a server that are no replies, after which this is not taken for SMTP any more. */
const VIOLATIONS_LIMIT = 5;

const CR = 0x0d;
const DOT = 0x2e;

const COMMANDS = new Set([
  "EHLO",
  "HELO",
  "MAIL",
  "RCPT",
  "DATA",
  "BDAT",
  "QUIT",
  "RSET",
  "VRFY",
  "EXPN",
  "HELP",
  "NOOP",
  "STARTTLS",
  "AUTH",
  "SEND",
  "SOML",
  "SAML",
  "TURN",
]);

/** Names that are no commands: the connection itself, an answer in AUTH, and what stood in a gap. */
const GREETING = ">";
const AUTH_ANSWER = "***";
const UNKNOWN = "(UNKNOWN)";
const LAST_CHUNK = "BDAT LAST";

interface Connection {
  readonly flow: Flow;
  readonly output: Output;
  readonly shared: Shared;
  readonly transactions: Transactions;
  readonly client: LineReader;
  readonly server: LineReader;
  /** What the client's next bytes are. */
  mode: "commands" | "data" | "chunk" | "auth" | "after-gap" | "over";
  /** Bytes left of the chunk, whether it is the mail's last, and its lines. */
  chunkLeft: number;
  chunkLast: boolean;
  chunkLines: LineReader;
  mail: Entity | undefined;
  /** Commands without a reply, oldest first. */
  readonly waiting: string[];
  replied: string;
  /** The code of a reply of which more lines follow. */
  pendingReply: number;
  afterGap: boolean;
  confirmed: boolean;
  violations: number;
  files: number;
  entities: number;
  events: EntityEvents;
}

/** SMTP, with what its flows share. */
export function smtpProtocol(shared: Shared): Protocol {
  return {
    name: "smtp",
    transport: "tcp",
    ports: PORTS,
    recognise,
    analyze: (flow, output) => analyzeSmtp(flow, output, shared),
  };
}

/** A client that says hello; a server's "220" may be FTP's as well. */
function recognise(bytes: Uint8Array, start: number, end: number, fromOrig: boolean): Recognition {
  if (!fromOrig) return "no";
  const head = wireText(bytes, start, Math.min(end, start + 5)).toUpperCase();
  if (head.length < 5) return "HELO ".startsWith(head) || "EHLO ".startsWith(head) ? "more" : "no";
  return head === "HELO " || head === "EHLO " ? "yes" : "no";
}

function analyzeSmtp(flow: Flow, output: Output, shared: Shared): Analyzer {
  const connection = {
    flow,
    output,
    shared,
    transactions: newTransactions(flow, output, shared),
    client: newLineReader(LINE_BYTES_LIMIT),
    server: newLineReader(LINE_BYTES_LIMIT),
    mode: "commands",
    chunkLeft: 0,
    chunkLast: false,
    chunkLines: newLineReader(LINE_BYTES_LIMIT),
    mail: undefined,
    waiting: [GREETING],
    replied: "",
    pendingReply: 0,
    afterGap: false,
    confirmed: false,
    violations: 0,
    files: 0,
    entities: 0,
  } as Connection;
  connection.events = mailEvents(connection);
  return {
    deliver(fromOrig, bytes, start, end) {
      for (let at = start; at < end && connection.mode !== "over";) {
        at = fromOrig ? takeFromClient(connection, bytes, at, end) : takeFromServer(connection, bytes, at, end);
      }
      return connection.mode !== "over";
    },
    gap: (_fromOrig, length) => gap(connection, length),
    finish() {
      endMail(connection);
      connection.transactions.flush();
    },
  };
}

function takeFromClient(connection: Connection, bytes: Uint8Array, at: number, end: number): number {
  if (connection.mode === "chunk") return takeChunk(connection, bytes, at, end);
  const { client } = connection;
  const next = readLine(client, bytes, at, end);
  if (client.found === "none") return next;
  const whole = client.found === "line";
  if (whole) { while (client.end > client.start && client.bytes[client.end - 1] === CR) client.end--; }
  if (connection.mode === "data") dataLine(connection, client, whole);
  else if (connection.mode === "auth") command(connection, AUTH_ANSWER, "");
  else if (connection.mode === "commands") commandLine(connection, client);
  return next;
}

function dataLine(connection: Connection, line: LineReader, whole: boolean): void {
  const dotted = connection.mail?.atLineStart !== false && line.bytes[line.start] === DOT && line.end > line.start;
  if (dotted && line.end - line.start === 1 && whole) {
    endMail(connection);
    connection.mode = "commands";
    command(connection, ".", "");
    return;
  }
  if (connection.mail === undefined) beginMail(connection);
  const start = dotted ? line.start + 1 : line.start;
  entityLine(connection.mail!, line.bytes, start, line.end, whole, connection.events);
}

function commandLine(connection: Connection, line: LineReader): void {
  const text = wireText(line.bytes, line.start, line.end);
  const blank = /[ \t]/.exec(text);
  const word = (blank === null ? text : text.slice(0, blank.index)).toUpperCase();
  if (!COMMANDS.has(word)) return;
  command(connection, word, blank === null ? "" : text.slice(blank.index).trimStart());
}

function command(connection: Connection, word: string, argument: string): void {
  const { flow, output, transactions, waiting } = connection;
  if (waiting.length < WAITING_LIMIT) waiting.push(isLastChunk(word, argument) ? LAST_CHUNK : word);
  if (!connection.confirmed) output.service(flow, "smtp");
  connection.confirmed = true;
  if (!transactions.request(word, argument)) {
    connection.mode = "over";
    endMail(connection);
    return;
  }
  if (word === "DATA") {
    beginMail(connection);
    connection.mode = "data";
  } else if (word === "BDAT") beginChunk(connection, argument);
}

function beginChunk(connection: Connection, argument: string): void {
  const chunk = readChunk(argument);
  if (chunk === undefined) return;
  if (connection.mail === undefined) beginMail(connection);
  connection.chunkLeft = chunk.size;
  connection.chunkLast = chunk.last;
  if (chunk.size > 0) connection.mode = "chunk";
  else if (chunk.last) endChunks(connection);
}

function takeChunk(connection: Connection, bytes: Uint8Array, at: number, end: number): number {
  const { chunkLines } = connection;
  const stop = Math.min(end, at + connection.chunkLeft);
  const next = readLine(chunkLines, bytes, at, stop);
  connection.chunkLeft -= next - at;
  if (chunkLines.found !== "none") {
    const whole = chunkLines.found === "line";
    entityLine(connection.mail!, chunkLines.bytes, chunkLines.start, chunkLines.end, whole, connection.events);
  }
  if (connection.chunkLeft > 0) return next;
  connection.mode = "commands";
  if (connection.chunkLast) endChunks(connection);
  return next;
}

function endChunks(connection: Connection): void {
  const { chunkLines, mail } = connection;
  if (mail !== undefined && takeRest(chunkLines)) {
    entityLine(mail, chunkLines.bytes, chunkLines.start, chunkLines.end, false, connection.events);
  }
  endMail(connection);
}

function takeFromServer(connection: Connection, bytes: Uint8Array, at: number, end: number): number {
  const { server } = connection;
  const next = readLine(server, bytes, at, end);
  if (server.found !== "none") replyLine(connection, wireText(server.bytes, server.start, server.end), next);
  return next;
}

function replyLine(connection: Connection, text: string, next: number): void {
  const code = /^[1-5][0-9]{2}/.test(text) ? Number(text.slice(0, 3)) : 0;
  if (code === 0) {
    if (++connection.violations <= VIOLATIONS_LIMIT) return;
    if (connection.confirmed) connection.output.notService(connection.flow, "smtp");
    connection.mode = "over";
    return;
  }
  if (connection.pendingReply !== code) {
    connection.pendingReply = 0;
    newReply(connection, code, next);
  }
  const continued = text[3] === "-";
  connection.pendingReply = continued ? code : 0;
  const { replied } = connection;
  const endsMail = replied === "." || (replied === LAST_CHUNK && !continued);
  connection.transactions.reply(code, endsMail, text.slice(continued ? 4 : 3).trimStart());
}

/** The first line of a reply: it belongs to the oldest command without one. */
function newReply(connection: Connection, code: number, next: number): void {
  const { waiting, transactions } = connection;
  if (connection.mode === "after-gap") {
    connection.mode = "commands";
    connection.afterGap = true;
    transactions.request(UNKNOWN, "");
  }
  const word = waiting.shift() ?? UNKNOWN;
  connection.replied = word;
  if (word === "DATA" && code !== 354 && connection.mode === "data") {
    endMail(connection);
    connection.mode = "commands";
  } else if (word === "AUTH" || word === AUTH_ANSWER) connection.mode = code === 334 ? "auth" : "commands";
  else if (word === "STARTTLS" && code === 220) startTls(connection, next);
  else if (word === UNKNOWN && code === 354 && connection.afterGap) {
    beginMail(connection);
    connection.mode = "data";
  }
}

function startTls(connection: Connection, next: number): void {
  connection.transactions.startTls();
  connection.mode = "over";
  connection.output.upgrade(connection.flow, "ssl", next);
}

function gap(connection: Connection, length: number): boolean {
  if (connection.mode === "over") return false;
  if (connection.mode === "data" || connection.mode === "chunk") {
    leaf(connection.mail)?.file?.gap(length);
    endMail(connection);
  }
  connection.mode = "after-gap";
  connection.waiting.length = 0;
  connection.pendingReply = 0;
  dropLine(connection.client);
  dropLine(connection.server);
  dropLine(connection.chunkLines);
  return true;
}

function leaf(entity: Entity | undefined): Entity | undefined {
  while (entity?.child !== undefined) entity = entity.child;
  return entity;
}

function beginMail(connection: Connection): void {
  if (connection.mail !== undefined) connection.output.weird(connection.flow, "smtp_nested_mail_transaction");
  endMail(connection);
  connection.mail = beginEntity(connection.events);
}

function endMail(connection: Connection): void {
  if (connection.mail !== undefined) endEntity(connection.mail, connection.events);
  connection.mail = undefined;
}

function mailEvents(connection: Connection): EntityEvents {
  const { flow, output, shared, transactions } = connection;
  return {
    begin: () => {
      connection.entities = transactions.beginEntity();
    },
    headerEnd: () => {},
    field: (_entity, name, value) => transactions.field(name, value),
    weird: (name, addl) => output.weird(flow, name, addl),
    open: (entity) => {
      const file = openFile(shared.fileSettings, output, {
        flow,
        source: "SMTP",
        isOrig: true,
        depth: connection.entities,
        key: `${flow.uid} mail ${connection.files++}`,
        filename: entity.filename,
      });
      transactions.file(file.fuid);
      return file;
    },
    end: (entity) => entity.file?.finish(),
  };
}
