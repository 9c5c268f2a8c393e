// Where the body of a message ends (RFC 9112 section 6): by its length, by chunks, by the multipart's last boundary, or
// when the connection closes. And what arrives of it: contents with the content encoding undone.

import { type ContentDecoder, newContentDecoder } from "../../files/content-encoding.ts";
import { beginEntity, endEntity, type Entity, entityData, type EntityEvents, entityLine } from "../../mime/entity.ts";
import { firstToken, leadingNumber } from "../../mime/header.ts";

/** Whether a body has to follow, may follow, or cannot. */
export type BodyExpectation = "expected" | "maybe" | "never";

/** Longest chunk size that is taken seriously: 2^52, so that sums stay exact. */
const CHUNK_SIZE_LIMIT = 2 ** 52;

/** Which part of the file a 206 reply carries (RFC 9110 section 14.4). */
export interface ContentRange {
  readonly offset: number;
  readonly length: number;
  readonly total: number | undefined;
}

export interface Message {
  readonly expectation: BodyExpectation;
  readonly entity: Entity;
  readonly events: EntityEvents;
  contentLength: number | undefined;
  range: ContentRange | undefined;
  chunked: boolean;
  encoded: boolean;
  /** What the next line is, or that no line is awaited but bytes are. */
  awaits: "header" | "line" | "bytes" | "chunk-size" | "chunk-end" | "trailer";
  /** Bytes still to come of the body or chunk; Infinity until the connection closes. */
  left: number;
  decoder: ContentDecoder | undefined;
  /** Bytes of the body that arrived, decoded: what Zeek calls the body length. */
  bodyLength: number;
  ended: boolean;
}

export interface MessageSettings {
  readonly expectation: BodyExpectation;
  /** Whether the server said that it will close the connection. */
  readonly closing: () => boolean;
  readonly events: EntityEvents;
}

/** A new message, at the start of its header. */
export function newMessage(settings: MessageSettings): Message {
  const events: EntityEvents = {
    ...settings.events,
    headerEnd: (entity) => {
      settings.events.headerEnd(entity);
      if (entity === message.entity) frame(message, settings.closing());
    },
    end: (entity) => {
      settings.events.end(entity);
      if (entity === message.entity) message.ended = true;
    },
  };
  const message: Message = {
    expectation: settings.expectation,
    entity: beginEntity(events),
    events,
    contentLength: undefined,
    range: undefined,
    chunked: false,
    encoded: false,
    awaits: "header",
    left: 0,
    decoder: undefined,
    bodyLength: 0,
    ended: false,
  };
  return message;
}

/** Learns from a header field of the message itself how its body is framed; `code` and `version` are the message's. */
export function frameField(message: Message, name: string, value: string, code: number, version: string): void {
  if (name === "CONTENT-LENGTH") {
    message.contentLength = leadingNumber(value) ?? (value.trim() === "" ? message.contentLength : 0);
    reconcile(message);
  } else if (name === "CONTENT-RANGE" && code === 206) readRange(message, value);
  else if (name === "TRANSFER-ENCODING") {
    if (firstToken(value) === "chunked" && version === "1.1") message.chunked = true;
  } else if (name === "CONTENT-ENCODING") {
    const token = firstToken(value);
    if (token === "gzip" || token === "x-gzip" || token === "deflate") message.encoded = true;
  }
}

function readRange(message: Message, value: string): void {
  const parts = /^\s*(\S+)\s+([0-9]{1,15})\s*-\s*([0-9]{1,15})\s*\/\s*([0-9]{1,15}|\*)/.exec(value);
  if (parts === null) {
    message.events.weird("HTTP_content_range_cannot_parse");
    return;
  }
  if (parts[1] !== "bytes") {
    message.events.weird("HTTP_content_range_unknown_byte_unit");
    return;
  }
  const offset = Number(parts[2]);
  const length = Number(parts[3]) - offset + 1;
  if (length <= 0) {
    message.events.weird("HTTP_non_positive_content_range");
    return;
  }
  message.range = { offset, length, total: parts[4] === "*" ? undefined : Number(parts[4]) };
  message.contentLength ||= length;
  reconcile(message);
}

/** Length and range should agree; the longer one counts, so that nothing can hide behind the shorter. */
function reconcile(message: Message): void {
  if (message.range === undefined || message.contentLength === message.range.length) return;
  message.events.weird("HTTP_range_not_matching_len");
  message.contentLength = Math.max(message.contentLength ?? 0, message.range.length);
}

/** Decides, at the end of the header, how the body is framed. */
function frame(message: Message, closing: boolean): void {
  const { entity, contentLength } = message;
  if (message.expectation === "never") endMessage(message);
  else if (entity.kind !== "leaf") {
    if (message.chunked) message.events.weird("HTTP_chunked_transfer_for_multipart_message");
    message.awaits = "line";
    message.left = contentLength ?? Infinity;
    if (contentLength === 0) endMessage(message);
  } else if (message.chunked) message.awaits = "chunk-size";
  else if (contentLength !== undefined) {
    message.awaits = "bytes";
    message.left = contentLength;
    if (contentLength === 0) endMessage(message);
  } else if (closing || message.encoded) {
    message.awaits = "bytes";
    message.left = Infinity;
  } else if (message.expectation === "expected") {
    message.awaits = "line";
    message.left = Infinity;
  } else endMessage(message);
}

/** Takes one line, without its end; `whole` is false when more of it follows. */
export function messageLine(message: Message, bytes: Uint8Array, start: number, end: number, whole: boolean): void {
  const { entity, events, awaits } = message;
  if (message.ended) return;
  if (awaits === "header") entityLine(entity, bytes, start, end, whole, events);
  else if (awaits === "line") {
    message.bodyLength += end - start + (whole ? 2 : 0);
    entityLine(entity, bytes, start, end, whole, events);
  } else if (awaits === "chunk-size") {
    const size = chunkSize(bytes, start, end);
    if (size === undefined) events.weird("HTTP_bad_chunk_size");
    message.left = size ?? 0;
    message.awaits = message.left > 0 ? "bytes" : "trailer";
  } else if (awaits === "chunk-end") message.awaits = "chunk-size";
  else if (awaits === "trailer" && start === end) endMessage(message);
}

/** For compressed data that nothing more is made of. */
const PASSING_BY: ContentDecoder = { push: () => "done" };

/** Takes bytes of a body that is not read by lines; at most `left` of them. */
export function messageBytes(message: Message, bytes: Uint8Array, start: number, end: number): void {
  if (message.ended) return;
  if (!message.encoded) contents(message, bytes, start, end);
  else {
    message.decoder ??= newContentDecoder((decoded, from, to) => {
      contents(message, decoded, from, to);
      return true;
    });
    const state = message.decoder.push(bytes, start, end);
    // What cannot be decoded is not contents: as in Zeek, the rest is passed over.
    if (state === "bad") message.events.weird("inflate_failed");
    else if (state === "stopped") message.events.weird("compression_bomb");
    if (state === "bad" || state === "stopped") message.decoder = PASSING_BY;
  }
  message.left -= end - start;
  reached(message);
}

/** `length` bytes are missing. False when it cannot be told where the body goes on. */
export function messageGap(message: Message, length: number): boolean {
  if (message.ended || message.bodyLength === 0) return false;
  message.entity.file?.gap(length);
  if (message.awaits !== "bytes" || message.left < length || message.left === Infinity) return false;
  message.bodyLength += length;
  message.left -= length;
  // Compressed data with a hole cannot be decoded further.
  if (message.encoded) message.decoder = PASSING_BY;
  reached(message);
  return true;
}

/** The message is over, whether it is complete or not. */
export function endMessage(message: Message): void {
  endEntity(message.entity, message.events);
}

function reached(message: Message): void {
  if (message.left > 0) return;
  if (message.chunked) message.awaits = "chunk-end";
  else endMessage(message);
}

function contents(message: Message, bytes: Uint8Array, start: number, end: number): void {
  message.bodyLength += end - start;
  entityData(message.entity, bytes, start, end, message.events);
}

/** The hexadecimal number that a chunk starts with (RFC 9112 section 7.1); extensions behind it are passed over. */
function chunkSize(bytes: Uint8Array, start: number, end: number): number | undefined {
  let size: number | undefined;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const lower = byte | 0x20;
    const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
    if (digit < 0) break;
    size = (size ?? 0) * 16 + digit;
    if (size > CHUNK_SIZE_LIMIT) return undefined;
  }
  return size;
}
