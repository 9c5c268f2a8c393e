// An entity of a message (RFC 2045): a header, and a body that is either contents or, in a multipart, more entities.
// Mail and HTTP both send them; each leaf becomes a file.

import type { OpenFile } from "../files/file.ts";
import {
  contentType,
  fileName,
  firstToken,
  foldField,
  type HeaderReader,
  isFolded,
  leadingNumber,
  meaning,
  newHeaderReader,
  startField,
} from "./header.ts";
import { type Base64State, decodeBase64, decodeQuotedPrintable } from "./transfer-encoding.ts";

/** Entities within entities are read to this depth (Zeek's MIME::max_depth). */
export const DEPTH_LIMIT = 100;

const DASH = 0x2d;
const CRLF = Uint8Array.of(0x0d, 0x0a);

export interface Entity {
  readonly parent: Entity | undefined;
  readonly depth: number;
  readonly header: HeaderReader;
  state: "header" | "body" | "ended";
  kind: "leaf" | "multipart" | "message";
  boundary: Uint8Array;
  child: Entity | undefined;
  encoding: "none" | "base64" | "quoted-printable";
  readonly base64: Base64State;
  /** A line end that belongs to the contents only if more of them follow. */
  owesLineEnd: boolean;
  /** Whether the next bytes begin a line. */
  atLineStart: boolean;
  /** What its header says: the name of the file, and its length. */
  filename: string | undefined;
  length: number | undefined;
  file: OpenFile | undefined;
}

/** What the message's protocol wants to know of its entities. */
export interface EntityEvents {
  begin(entity: Entity): void;
  /** A field of the header; its name in capitals. */
  field(entity: Entity, name: string, value: string): void;
  /** The header is complete. */
  headerEnd(entity: Entity): void;
  /** The first byte of contents has come: whose file is it? */
  open(entity: Entity): OpenFile;
  end(entity: Entity): void;
  weird(name: string, addl?: string): void;
}

/** A new entity, at the start of its header. */
export function beginEntity(events: EntityEvents, parent?: Entity): Entity {
  const entity: Entity = {
    parent,
    depth: parent === undefined ? 0 : parent.depth + 1,
    header: newHeaderReader(),
    state: "header",
    kind: "leaf",
    boundary: new Uint8Array(0),
    child: undefined,
    encoding: parent?.encoding ?? "none",
    base64: { bits: 0, count: 0 },
    owesLineEnd: false,
    atLineStart: true,
    filename: undefined,
    length: undefined,
    file: undefined,
  };
  events.begin(entity);
  return entity;
}

/** Takes a line without its end; `whole` is false when it was cut because it is too long, and more of it follows. */
export function entityLine(
  entity: Entity,
  bytes: Uint8Array,
  start: number,
  end: number,
  whole: boolean,
  events: EntityEvents,
): void {
  const { atLineStart } = entity;
  entity.atLineStart = whole;
  if (entity.state === "ended") return;
  if (entity.state === "header") {
    if (atLineStart) headerLine(entity, bytes, start, end, events);
    return;
  }
  if (entity.kind === "leaf") {
    contents(entity, bytes, start, end, whole, events);
    return;
  }
  const boundary = entity.kind === "multipart" && atLineStart ? boundaryAt(entity.boundary, bytes, start, end) : "no";
  if (boundary === "no") {
    if (entity.child !== undefined) entityLine(entity.child, bytes, start, end, whole, events);
    return;
  }
  if (entity.child !== undefined) endEntity(entity.child, events);
  entity.child = undefined;
  if (boundary === "last") endEntity(entity, events);
  else beginChild(entity, events);
}

/** Takes contents that are not cut into lines. */
export function entityData(entity: Entity, bytes: Uint8Array, start: number, end: number, events: EntityEvents): void {
  if (entity.state === "body") contents(entity, bytes, start, end, false, events);
}

/** The end of an entity and of all in it. */
export function endEntity(entity: Entity, events: EntityEvents): void {
  if (entity.state === "ended") return;
  if (entity.state === "header") finishField(entity, events);
  entity.state = "ended";
  if (entity.child !== undefined) endEntity(entity.child, events);
  entity.child = undefined;
  events.end(entity);
}

/** Whether single CR and LF belong to the contents just now: within a multipart only CRLF ends a line. */
export function wantsOnlyCrlf(entity: Entity): boolean {
  for (let at = entity; at.child !== undefined; at = at.child) {
    if (at.kind === "multipart" && at.child.state === "body") return true;
  }
  return false;
}

function headerLine(entity: Entity, bytes: Uint8Array, start: number, end: number, events: EntityEvents): void {
  if (start === end) {
    finishField(entity, events);
    entity.state = "body";
    events.headerEnd(entity);
    if (entity.state === "body" && entity.kind === "message") beginChild(entity, events);
  } else if (isFolded(bytes, start) && entity.header.pending) foldField(entity.header, bytes, start, end);
  else {
    finishField(entity, events);
    startField(entity.header, bytes, start, end);
  }
}

function finishField(entity: Entity, events: EntityEvents): void {
  const { header } = entity;
  if (!header.pending) return;
  header.pending = false;
  if (header.cut) events.weird("exceeded_mime_max_header_bytes");
  if (header.name === "") return;
  const { name } = header;
  const value = meaning(header.value);
  if (name === "CONTENT-TYPE") {
    const { type, boundary } = contentType(value);
    // RFC 2046 section 5.1.1: a multipart without a boundary cannot be taken apart.
    if (type.startsWith("multipart/") && boundary !== undefined && boundary !== "") {
      entity.kind = "multipart";
      entity.boundary = Uint8Array.from(boundary, (character) => character.charCodeAt(0) & 0xff);
    } else entity.kind = type.startsWith("message/") ? "message" : "leaf";
    entity.filename = fileName(name, value) ?? entity.filename;
  } else if (name === "CONTENT-DISPOSITION") entity.filename = fileName(name, value) ?? entity.filename;
  else if (name === "CONTENT-LENGTH") entity.length = leadingNumber(value);
  else if (name === "CONTENT-TRANSFER-ENCODING") {
    const token = firstToken(value);
    entity.encoding = token === "base64" || token === "quoted-printable" ? token : "none";
  }
  events.field(entity, name, header.value);
}

function beginChild(entity: Entity, events: EntityEvents): void {
  if (entity.depth >= DEPTH_LIMIT) events.weird("exceeded_mime_max_depth", String(entity.depth));
  else entity.child = beginEntity(events, entity);
}

function contents(
  entity: Entity,
  bytes: Uint8Array,
  start: number,
  end: number,
  lineEnd: boolean,
  events: EntityEvents,
): void {
  const take = (from: Uint8Array, at: number, stop: number) => {
    if (at < stop) (entity.file ??= events.open(entity)).data(from, at, stop);
  };
  if (entity.encoding === "base64") decodeBase64(entity.base64, bytes, start, end, take);
  else if (entity.encoding === "quoted-printable") decodeQuotedPrintable(bytes, start, end, lineEnd, take);
  else {
    if (entity.owesLineEnd) take(CRLF, 0, 2);
    take(bytes, start, end);
    // The line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1).
    entity.owesLineEnd = lineEnd && entity.parent?.kind === "multipart";
    if (lineEnd && !entity.owesLineEnd) take(CRLF, 0, 2);
  }
}

function boundaryAt(boundary: Uint8Array, bytes: Uint8Array, start: number, end: number): "no" | "next" | "last" {
  const after = start + 2 + boundary.length;
  if (after > end || bytes[start] !== DASH || bytes[start + 1] !== DASH) return "no";
  for (let i = 0; i < boundary.length; i++) if (bytes[start + 2 + i] !== boundary[i]) return "no";
  return after + 2 <= end && bytes[after] === DASH && bytes[after + 1] === DASH ? "last" : "next";
}
