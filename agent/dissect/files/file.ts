// One file on its way over one flow: how much of it was seen, what it is, its hashes; a `files` record when it is over.

import { isPrivate } from "../../record/address.ts";
import type { Flow, Output, RecordOf } from "../analyzer.ts";
import { ALL_HASHES, type Digest, type HashName, newDigest } from "./digest.ts";
import { fuidOf } from "./fuid.ts";
import { mimeType, SNIFFED_BYTES } from "./mime-type.ts";

/** What is done with the contents of files. */
export interface FileSettings {
  /** Which hashes are taken of them. */
  readonly hashes: readonly HashName[];
  /** A file longer than this, bytes, gets no hashes: they would have to be of the whole file. */
  readonly hashedBytesLimit: number;
}

/** Hash everything up to 64 MiB: installers and documents are shorter, and a hash costs about 3 ns a byte. */
export const DEFAULT_FILE_SETTINGS: FileSettings = { hashes: ALL_HASHES, hashedBytesLimit: 64 * 1024 * 1024 };

/** What is known of a file when its first byte comes. */
export interface FileOpening {
  readonly flow: Flow;
  readonly source: "HTTP" | "SMTP" | "FTP_DATA" | "IRC_DATA" | "SMB";
  readonly isOrig: boolean;
  /** How deep it lies in the message: 0 where that has no meaning. */
  readonly depth: number;
  /** Sets it apart from all other files: the flow's uid and the file's number in it. */
  readonly key: string;
  readonly filename?: string | undefined;
  /** Told the type once, when enough was seen to tell; not told when no type is known. */
  readonly onType?: ((type: string) => void) | undefined;
}

export interface OpenFile {
  readonly fuid: string;
  data(bytes: Uint8Array, start: number, end: number): void;
  /** `length` bytes were not captured. */
  gap(length: number): void;
  /** The length that was announced, bytes. */
  setSize(length: number): void;
  /** The end of the file: hands on its record. */
  finish(): void;
}

/** A new file. */
export function openFile(settings: FileSettings, output: Output, opening: FileOpening): OpenFile {
  const contents = newContents(settings, opening.onType);
  const started = output.now;
  const fuid = fuidOf(opening.key);
  const { pieces } = output;
  let last = started;
  if (pieces !== undefined) {
    const { uid, orig_h, orig_p, resp_h, resp_p, proto } = opening.flow;
    const fromOrig = opening.isOrig;
    const ours = fromOrig || isPrivate(resp_h);
    pieces.begin(fuid, ours ? () => ({ uid, orig_h, orig_p, resp_h, resp_p, proto, fromOrig, fuid }) : undefined);
  }
  return {
    fuid,
    data(bytes, start, end) {
      last = output.now;
      pieces?.add(fuid, bytes, start, end);
      contents.data(bytes, start, end);
    },
    gap(length) {
      contents.gap(length);
    },
    setSize: (length) => contents.setSize(length),
    finish() {
      pieces?.end(fuid);
      output.emit({
        kind: "files",
        ts: started,
        fuid,
        ...endpoints(opening),
        source: opening.source,
        depth: opening.depth,
        filename: opening.filename,
        duration: last - started,
        timedout: false,
        ...contents.finish(),
      });
    },
  };
}

/** The fields that say between whom a file went. */
export function endpoints(
  opening: FileOpening,
): Pick<RecordOf<"files">, "uid" | "orig_h" | "orig_p" | "resp_h" | "resp_p" | "is_orig" | "local_orig"> {
  const { flow, isOrig } = opening;
  return {
    uid: flow.uid,
    orig_h: flow.orig_h,
    orig_p: flow.orig_p,
    resp_h: flow.resp_h,
    resp_p: flow.resp_p,
    is_orig: isOrig,
    local_orig: isPrivate(isOrig ? flow.orig_h : flow.resp_h),
  };
}

/** What the bytes of a file amount to. */
export type Contents = Pick<
  RecordOf<"files">,
  | "analyzers"
  | "mime_type"
  | "seen_bytes"
  | "total_bytes"
  | "missing_bytes"
  | "overflow_bytes"
  | "md5"
  | "sha1"
  | "sha256"
>;

export interface ContentsReader {
  data(bytes: Uint8Array, start: number, end: number): void;
  gap(length: number): void;
  setSize(length: number): void;
  finish(): Contents;
}

/** Counts, types and hashes bytes that come in order; `onType` as in FileOpening. */
export function newContents(settings: FileSettings, onType?: (type: string) => void): ContentsReader {
  let seen = 0;
  let missing = 0;
  let total: number | undefined;
  let type: string | undefined;
  let head: Uint8Array | undefined;
  let headLength = 0;
  let sniffed = false;
  let digest: Digest | undefined;
  let hashable = settings.hashes.length > 0;

  function sniff(bytes: Uint8Array, length: number): void {
    sniffed = true;
    type = mimeType(bytes, length);
    head = undefined;
    if (type !== undefined) onType?.(type);
  }

  function keepHead(bytes: Uint8Array, start: number, end: number): void {
    if (headLength === 0 && end - start >= SNIFFED_BYTES) {
      sniff(bytes.subarray(start, start + SNIFFED_BYTES), SNIFFED_BYTES);
      return;
    }
    const length = Math.min(end - start, SNIFFED_BYTES - headLength);
    if (head === undefined || headLength + length > head.length) {
      const larger = new Uint8Array(Math.min(SNIFFED_BYTES, Math.max(256, 2 * (headLength + length))));
      if (head !== undefined) larger.set(head.subarray(0, headLength));
      head = larger;
    }
    head.set(bytes.subarray(start, start + length), headLength);
    headLength += length;
    if (headLength >= SNIFFED_BYTES) sniff(head, headLength);
  }

  return {
    data(bytes, start, end) {
      if (start >= end) return;
      if (!sniffed) keepHead(bytes, start, end);
      seen += end - start;
      if (hashable && seen > settings.hashedBytesLimit) hashable = false;
      if (hashable) (digest ??= newDigest(settings.hashes)).update(bytes, start, end);
      else digest = undefined;
    },
    gap(length) {
      if (!sniffed && headLength > 0) sniff(head!, headLength);
      sniffed = true;
      missing += length;
      hashable = false;
      digest = undefined;
    },
    setSize(length) {
      total = length;
    },
    finish() {
      if (!sniffed && headLength > 0) sniff(head!, headLength);
      return {
        analyzers: settings.hashes.map((name) => name.toUpperCase()),
        mime_type: type,
        seen_bytes: seen,
        total_bytes: total,
        missing_bytes: missing,
        overflow_bytes: 0,
        ...(hashable && digest !== undefined ? digest.finish() : {}),
      };
    },
  };
}
