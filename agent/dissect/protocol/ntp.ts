// The Network Time Protocol, versions 1 to 4 (RFC 1059 to RFC 5905): one `ntp` record for each message that tells the
// time. Control messages (mode 6) and private ones (mode 7, once used to amplify attacks) are labelled only, as in Zeek.

import { formatIPv4 } from "../../record/address-text.ts";
import { connectionFields, type Flow, type Output, type Protocol, type RecordOf } from "../analyzer.ts";
import { wireText } from "../text.ts";

/** Modes (RFC 5905 figure 10). */
const MODE = { CLIENT: 3, SERVER: 4, BROADCAST: 5, CONTROL: 6, PRIVATE: 7 } as const;
/** Bytes of a message that tells the time, without extensions and authentication (RFC 5905 figure 8). */
const HEADER_BYTES = 48;
/** Smallest control message (RFC 9327 section 2) and private message (its reference implementation's header). */
const CONTROL_BYTES = 12;
const PRIVATE_BYTES = 8;
/** Longest authentication behind the header: key identifier and digest (RFC 5905, RFC 7822 section 7.5). */
const MAXIMUM_AUTHENTICATION = 24;
/** Smallest extension field (RFC 7822 section 7.5.1.1). */
const MINIMUM_EXTENSION = 16;
/** Seconds from 1900-01-01, NTP's beginning, to 1970-01-01 (RFC 5905 figure 4). */
const EPOCH = 2_208_988_800;
const TWO_TO_16 = 2 ** 16;
const TWO_TO_32 = 2 ** 32;

export const NTP: Protocol = {
  name: "ntp",
  transport: "udp",
  ports: [123],
  recognise: (bytes, start, end) => looksLikeMessage(bytes, start, end) ? "yes" : "no",
  analyze(flow, output) {
    let confirmed = false;
    let flipped = false;
    return {
      deliver(fromOrig, bytes, start, end) {
        if (!isWhole(bytes, start, end)) return confirmed;
        if (!confirmed) output.service(flow, "ntp");
        confirmed = true;
        const mode = bytes[start]! & 0x7;
        if (!flipped && mode === (fromOrig ? MODE.SERVER : MODE.CLIENT)) {
          output.flip(flow);
          flipped = true;
        }
        if (mode <= MODE.BROADCAST) output.emit(readMessage(flow, output, bytes, start, end));
        return true;
      },
      finish() {},
    };
  },
};

/** Whether the datagram is long enough for what its first byte says it is. */
function isWhole(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 1) return false;
  const mode = bytes[start]! & 0x7;
  if (mode === MODE.CONTROL) return length >= CONTROL_BYTES;
  if (mode === MODE.PRIVATE) return length >= PRIVATE_BYTES;
  return mode === 0 || length >= HEADER_BYTES;
}

function readMessage(flow: Flow, output: Output, bytes: Uint8Array, start: number, end: number): RecordOf<"ntp"> {
  const version = bytes[start]! >>> 3 & 0x7;
  const mode = bytes[start]! & 0x7;
  const record: RecordOf<"ntp"> = { kind: "ntp", ...connectionFields(flow, output.now), version, mode, num_exts: 0 };
  if (mode === 0) return record;
  const stratum = bytes[start + 1]!;
  record.stratum = stratum;
  record.poll = powerOfTwo(bytes[start + 2]!);
  record.precision = powerOfTwo(bytes[start + 3]!);
  record.root_delay = uint32(bytes, start + 4) / TWO_TO_16;
  record.root_disp = uint32(bytes, start + 8) / TWO_TO_16;
  // A kiss code or a clock's name in four letters, or the server's own server; for IPv6 a digest that looks like IPv4.
  record.ref_id = stratum < 2 ? wireText(bytes, start + 12, start + 16) : formatIPv4(uint32(bytes, start + 12));
  record.ref_time = timestamp(bytes, start + 16);
  record.org_time = timestamp(bytes, start + 24);
  record.rec_time = timestamp(bytes, start + 32);
  record.xmt_time = timestamp(bytes, start + 40);
  record.num_exts = countExtensions(bytes, start + HEADER_BYTES, end);
  return record;
}

/** Poll interval and precision are exponents of two, in seconds, as signed bytes. */
function powerOfTwo(byte: number): number {
  return 2 ** (byte << 24 >> 24);
}

/** Unix seconds; zero means that the time is not known. */
function timestamp(bytes: Uint8Array, at: number): number {
  const seconds = uint32(bytes, at);
  const fraction = uint32(bytes, at + 4);
  return seconds === 0 && fraction === 0 ? 0 : seconds - EPOCH + fraction / TWO_TO_32;
}

function countExtensions(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  let at = start;
  while (end - at > MAXIMUM_AUTHENTICATION) {
    const length = bytes[at + 2]! << 8 | bytes[at + 3]!;
    if (length < MINIMUM_EXTENSION || length > end - at) break;
    count++;
    at += length;
  }
  return count;
}

/** Years that a clock on another port must tell for the message to be taken as NTP's: 2000 to 2036, in seconds from 1900. */
const PLAUSIBLE_FIRST = 3_155_673_600;
const HIGHEST_STRATUM = 16;
/** Exponent of the longest poll interval (RFC 5905 section 7.2). */
const LONGEST_POLL = 17;

/** A client's or server's message, strictly: for ports on which NTP does not live. */
function looksLikeMessage(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== HEADER_BYTES) return false;
  const version = bytes[start]! >>> 3 & 0x7;
  const mode = bytes[start]! & 0x7;
  const precision = bytes[start + 3]! << 24 >> 24;
  return (version === 3 || version === 4) && (mode === MODE.CLIENT || mode === MODE.SERVER) &&
    bytes[start + 1]! <= HIGHEST_STRATUM && bytes[start + 2]! <= LONGEST_POLL && precision <= 0 && precision >= -32 &&
    uint32(bytes, start + 40) >= PLAUSIBLE_FIRST;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}
