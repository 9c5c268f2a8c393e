// Files that are read and written over SMB 2 and 3 without encryption: one `files` record for each way of each opened file.
// The word in `service` is the label's (labels/smb.ts); this reads along on the same ports, and adds the word for the
// remote procedure calls (C706) that go through the pipes of a share.

import type { Analyzer, Flow, Output, Protocol } from "../analyzer.ts";
import { endpoints, type FileOpening, newContents } from "../files/file.ts";
import { fuidOf } from "../files/fuid.ts";
import { endOf, holes, type Stretch, withStretch } from "../files/stretches.ts";
import type { Shared } from "../shared.ts";
import { newFraming } from "./smb/framing.ts";
import {
  COMMAND,
  DISK_SHARE,
  fileId,
  type Header,
  HEADER_BYTES,
  longNumber,
  nameText,
  PIPE_SHARE,
  PIPE_TRANSCEIVE,
  readHeader,
  view,
} from "./smb/header.ts";

const PORTS = [445, 139];
/** Requests without an answer, shares and open files that are remembered for a flow; beyond this the oldest is forgotten. */
export const REMEMBERED_LIMIT = 256;
/** Header of a DCE/RPC packet (C706 section 12.6.3): version 5, minor 0 or 1, and a type up to this. */
const CALL_HEADER_BYTES = 16;
const CALL_VERSION = 5;
const LAST_CALL_TYPE = 19;
/** Messages chained in one that are read. */
const CHAIN_LIMIT = 32;

/** A file as the client opened it. */
interface Opened {
  readonly name: string;
  /** Its length when it was opened, bytes. */
  readonly length: number;
  read: Transfer | undefined;
  written: Transfer | undefined;
}

/** What went one way. */
interface Transfer {
  take(offset: number, bytes: Uint8Array, start: number, end: number): void;
  /** The end of a message: a file's times are, as in Zeek, those of complete messages. */
  messageEnd(): void;
  finish(): void;
}

/** Data of a long message that is still coming. */
interface Coming {
  transfer: Transfer;
  offset: number;
  /** Bytes before the data begins, and bytes of it to come. */
  skip: number;
  left: number;
}

/** SMB's files, with what the flows of a run share. */
export function smbFilesProtocol(shared: Shared): Protocol {
  return {
    name: "smb-files",
    transport: "tcp",
    ports: PORTS,
    recognise: () => "no",
    analyze: (flow, output) => analyzeSmb(flow, output, shared),
  };
}

function analyzeSmb(flow: Flow, output: Output, shared: Shared): Analyzer {
  const client = newFraming();
  const server = newFraming();
  const shares = new Map<number, number>();
  const creating = new Map<string, string>();
  const reading = new Map<string, { id: string; offset: number }>();
  const files = new Map<string, Opened>();
  const coming: { orig: Coming | undefined; resp: Coming | undefined } = { orig: undefined, resp: undefined };
  let count = 0;
  let called = false;

  function newTransfer(opened: Opened, isOrig: boolean): Transfer {
    const contents = newContents(shared.fileSettings);
    const opening: FileOpening = { flow, source: "SMB", isOrig, depth: 0, key: `${flow.uid} smb ${count++}` };
    let started: number | undefined;
    let last = output.now;
    let stretches: Stretch[] = [];
    if (!isOrig && opened.length > 0) contents.setSize(opened.length);
    return {
      messageEnd() {
        started ??= output.now;
        last = output.now;
      },
      take(offset, bytes, start, end) {
        if (start >= end) return;
        if (offset !== endOf(stretches)) contents.gap(0);
        contents.data(bytes, start, end);
        stretches = withStretch(stretches, offset, offset + end - start);
      },
      finish() {
        output.emit({
          kind: "files",
          ts: started ?? last,
          fuid: fuidOf(opening.key),
          ...endpoints(opening),
          source: "SMB",
          depth: 0,
          filename: opened.name,
          duration: last - (started ?? last),
          timedout: false,
          ...contents.finish(),
          missing_bytes: holes(stretches),
        });
      },
    };
  }

  function close(id: string): void {
    const opened = files.get(id);
    files.delete(id);
    opened?.read?.finish();
    opened?.written?.finish();
  }

  /** Contents of a read's answer or of a write: in `bytes` as far as they are kept, the rest to come. */
  function contentsAt(
    isOrig: boolean,
    id: string,
    offset: number,
    bytes: Uint8Array,
    start: number,
    length: number,
    kept: number,
  ): void {
    const opened = files.get(id);
    if (opened === undefined || length === 0) return;
    const transfer = isOrig ? opened.written ??= newTransfer(opened, true) : opened.read ??= newTransfer(opened, false);
    const here = Math.max(0, Math.min(length, kept - start));
    transfer.take(offset, bytes, start, start + here);
    if (here === length) {
      transfer.messageEnd();
      return;
    }
    coming[isOrig ? "orig" : "resp"] = {
      transfer,
      offset: offset + here,
      skip: Math.max(0, start - kept),
      left: length - here,
    };
  }

  /** Names the remote procedure calls that a client sends into a pipe. */
  function noteCall(header: Header, message: DataView, start: number, length: number, kept: number): void {
    if (called || shares.get(header.treeId) !== PIPE_SHARE) return;
    if (length < CALL_HEADER_BYTES || start + CALL_HEADER_BYTES > kept) return;
    called = message.getUint8(start) === CALL_VERSION && message.getUint8(start + 1) <= 1 &&
      message.getUint8(start + 2) <= LAST_CALL_TYPE;
    if (called) output.service(flow, "dce_rpc");
  }

  function request(header: Header, bytes: Uint8Array, message: DataView, at: number, kept: number, end: number): void {
    const body = at + HEADER_BYTES;
    if (header.command === COMMAND.create && body + 48 <= kept) {
      const name = at + message.getUint16(body + 44, true);
      const length = message.getUint16(body + 46, true);
      if ((shares.get(header.treeId) ?? DISK_SHARE) === DISK_SHARE && name + length <= kept) {
        remember(creating, header.messageId, nameText(message, name, length));
      }
    } else if (header.command === COMMAND.read && body + 32 <= kept) {
      remember(reading, header.messageId, { id: fileId(message, body + 16), offset: longNumber(message, body + 8) });
    } else if (header.command === COMMAND.write && body + 32 <= kept) {
      const start = at + message.getUint16(body + 2, true);
      const length = Math.min(message.getUint32(body + 4, true), Math.max(0, end - start));
      noteCall(header, message, start, length, kept);
      contentsAt(true, fileId(message, body + 16), longNumber(message, body + 8), bytes, start, length, kept);
    } else if (header.command === COMMAND.ioctl && body + 32 <= kept) {
      const toPipe = message.getUint32(body + 4, true) === PIPE_TRANSCEIVE;
      const start = at + message.getUint32(body + 24, true);
      if (toPipe) noteCall(header, message, start, message.getUint32(body + 28, true), kept);
    } else if (header.command === COMMAND.close && body + 24 <= kept) close(fileId(message, body + 8));
  }

  function response(header: Header, bytes: Uint8Array, message: DataView, at: number, kept: number, end: number): void {
    const body = at + HEADER_BYTES;
    if (header.status !== 0) {
      if (header.command === COMMAND.create) creating.delete(header.messageId);
    } else if (header.command === COMMAND.treeConnect && body + 3 <= kept) {
      remember(shares, header.treeId, message.getUint8(body + 2));
    } else if (header.command === COMMAND.create && body + 80 <= kept) {
      const name = creating.get(header.messageId);
      creating.delete(header.messageId);
      if (name === undefined) return;
      const id = fileId(message, body + 64);
      close(id);
      if (files.size >= REMEMBERED_LIMIT) close(files.keys().next().value!);
      files.set(id, { name, length: longNumber(message, body + 48), read: undefined, written: undefined });
    } else if (header.command === COMMAND.read && body + 16 <= kept) {
      const asked = reading.get(header.messageId);
      reading.delete(header.messageId);
      if (asked === undefined) return;
      const start = at + message.getUint8(body + 2);
      const length = Math.min(message.getUint32(body + 4, true), Math.max(0, end - start));
      contentsAt(false, asked.id, asked.offset, bytes, start, length, kept);
    }
  }

  return {
    deliver(fromOrig, bytes, start, end) {
      const side = fromOrig ? "orig" : "resp";
      return (fromOrig ? client : server).take(bytes, start, end, {
        message(kept, keptLength, length) {
          coming[side] = undefined;
          const message = view(kept);
          for (let at = 0, links = 0; links < CHAIN_LIMIT; links++) {
            const header = readHeader(message, at, keptLength);
            if (header === undefined) return;
            const stop = header.next === 0 ? length : Math.min(length, at + header.next);
            if (header.response) response(header, kept, message, at, keptLength, stop);
            else request(header, kept, message, at, keptLength, stop);
            if (header.next < HEADER_BYTES) return;
            at += header.next;
          }
        },
        data(from, at, stop) {
          const rest = coming[side];
          if (rest === undefined) return;
          const skipped = Math.min(rest.skip, stop - at);
          rest.skip -= skipped;
          const until = Math.min(stop, at + skipped + rest.left);
          rest.transfer.take(rest.offset, from, at + skipped, until);
          rest.offset += until - at - skipped;
          rest.left -= until - at - skipped;
          if (rest.left === 0 && until > at + skipped) rest.transfer.messageEnd();
        },
      });
    },
    gap: () => false,
    finish() {
      for (const id of [...files.keys()]) close(id);
    },
  };
}

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  if (map.size >= REMEMBERED_LIMIT) map.delete(map.keys().next().value!);
  map.set(key, value);
}
