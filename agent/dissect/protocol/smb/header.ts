// The parts of SMB 2 and 3 messages that carry files (MS-SMB2 sections 2.2.1, 2.2.10, 2.2.13 to 2.2.21).

/** Length of the header that every message has. */
export const HEADER_BYTES = 64;

export const COMMAND = { treeConnect: 3, create: 5, close: 6, read: 8, write: 9, ioctl: 11 } as const;

/** Kinds of shares: disks hold files, pipes carry remote procedure calls. */
export const DISK_SHARE = 1;
export const PIPE_SHARE = 2;
/** Writes to a pipe and reads from it in one (MS-FSCC section 2.3.45). */
export const PIPE_TRANSCEIVE = 0x0011c017;

export interface Header {
  readonly status: number;
  readonly command: number;
  readonly response: boolean;
  /** Where the next message of the chain begins, from the beginning of this one; 0 for the last. */
  readonly next: number;
  readonly messageId: string;
  readonly treeId: number;
}

const MAGIC = 0xfe534d42;
const RESPONSE = 1;
const ASYNC = 2;

/** Numbers in little-endian order. */
export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads the header at `at`; undefined when there is none of version 2 or 3 that can be read. */
export function readHeader(message: DataView, at: number, end: number): Header | undefined {
  if (at + HEADER_BYTES > end || message.getUint32(at) !== MAGIC) return undefined;
  const flags = message.getUint32(at + 16, true);
  return {
    status: message.getUint32(at + 8, true),
    command: message.getUint16(at + 12, true),
    response: (flags & RESPONSE) !== 0,
    next: message.getUint32(at + 20, true),
    messageId: message.getBigUint64(at + 24, true).toString(),
    treeId: (flags & ASYNC) === 0 ? message.getUint32(at + 36, true) : 0,
  };
}

/** A file's identifier, 16 bytes, as text. */
export function fileId(message: DataView, at: number): string {
  return `${message.getBigUint64(at, true)} ${message.getBigUint64(at + 8, true)}`;
}

/** A 64-bit number; beyond 2^53 it is no longer exact, and no file is that long. */
export function longNumber(message: DataView, at: number): number {
  return Number(message.getBigUint64(at, true));
}

/** A name in UTF-16, `length` bytes long. Control characters are shown as "\xNN". */
export function nameText(message: DataView, at: number, length: number): string {
  let text = "";
  for (let i = at; i + 1 < at + length; i += 2) text += String.fromCharCode(message.getUint16(i, true));
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f]/g, (c) => "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0")).toWellFormed();
}
