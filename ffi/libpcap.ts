// libpcap: its interfaces, its filter compiler, and capture from what is no interface of the kernel's (nflog:5, any,
// bluetooth0 …). As in libc.ts, addresses are plain numbers and what is behind them is copied.

import type { Libc } from "./libc.ts";
import { libraryPaths, openLibrary } from "./library-paths.ts";

/** Paths at which libpcap may be; Debian and its children still call it by its name of 2008. */
export const LIBPCAP_PATHS: readonly string[] = libraryPaths(["libpcap.so.0.8", "libpcap.so.1"]);

const SYMBOLS = {
  pcap_lib_version: { parameters: [], result: "usize" },
  pcap_findalldevs: { parameters: ["buffer", "buffer"], result: "i32" },
  pcap_freealldevs: { parameters: ["usize"], result: "void" },
  pcap_open_dead: { parameters: ["i32", "i32"], result: "usize" },
  pcap_compile: { parameters: ["usize", "buffer", "buffer", "i32", "u32"], result: "i32" },
  pcap_freecode: { parameters: ["buffer"], result: "void" },
  pcap_geterr: { parameters: ["usize"], result: "usize" },
  pcap_create: { parameters: ["buffer", "buffer"], result: "usize" },
  pcap_set_snaplen: { parameters: ["usize", "i32"], result: "i32" },
  pcap_set_promisc: { parameters: ["usize", "i32"], result: "i32" },
  pcap_set_timeout: { parameters: ["usize", "i32"], result: "i32" },
  pcap_set_buffer_size: { parameters: ["usize", "i32"], result: "i32" },
  pcap_activate: { parameters: ["usize"], result: "i32" },
  pcap_setnonblock: { parameters: ["usize", "i32", "buffer"], result: "i32" },
  pcap_setfilter: { parameters: ["usize", "buffer"], result: "i32" },
  pcap_get_selectable_fd: { parameters: ["usize"], result: "i32" },
  pcap_datalink: { parameters: ["usize"], result: "i32" },
  pcap_next_ex: { parameters: ["usize", "buffer", "buffer"], result: "i32" },
  pcap_stats: { parameters: ["usize", "buffer"], result: "i32" },
  pcap_close: { parameters: ["usize"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** `PCAP_ERRBUF_SIZE`. */
const ERROR_BYTES = 256;
/** `PCAP_NETMASK_UNKNOWN`: broadcast addresses of the network are not known. */
const NETMASK_UNKNOWN = 0xffffffff;
/** Bytes of `struct bpf_program`: number of instructions (4, and 4 of padding), address of the first (8). */
const PROGRAM_BYTES = 16;
const INSTRUCTION_BYTES = 8;
/** `struct pcap_if` up to its flags: next, name, description, addresses (8 each), flags (4). */
const INTERFACE_BYTES = 40;
/** `struct pcap_pkthdr`: seconds (8), microseconds (8), captured (4), on the wire (4). */
const PACKET_HEADER_BYTES = 24;
/** Longest name or description read, and most interfaces listed. */
const MAXIMUM_TEXT_BYTES = 1024;
const MAXIMUM_INTERFACES = 4096;

/** libpcap refused; `message` is its own reason. */
export class PcapError extends Error {
  override name = "PcapError";
}

export interface PcapInterface {
  readonly name: string;
  /** What libpcap says about it; mostly empty for network interfaces. */
  readonly description: string;
}

export interface PcapOptions {
  /** Longest part of a packet that is captured, bytes. */
  readonly snapLength: number;
  readonly promiscuous: boolean;
  /** Milliseconds that a packet may wait. */
  readonly timeout: number;
  readonly bufferBytes: number;
}

/** A packet; its bytes are only valid until the next one. */
export interface PcapPacket {
  readonly seconds: number;
  readonly microseconds: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly onWire: number;
}

export interface PcapCapture {
  /** For poll. */
  readonly descriptor: number;
  /** DLT_*, libpcap's own numbers, which are the link types of files but for a few. */
  readonly dataLink: number;
  /** The next packet; undefined when none is there now. Throws a {@link PcapError} when the interface is gone. */
  next(): PcapPacket | undefined;
  /** Exchanges the filter; instructions as `struct bpf_insn`. */
  setProgram(instructions: Uint8Array<ArrayBuffer>): void;
  /** Since the start. */
  statistics(): { received: number; dropped: number };
  close(): void;
}

export interface Libpcap {
  /** "libpcap version 1.10.3 (with TPACKET_V3)". */
  version(): string;
  /** The interfaces that may be captured from. */
  interfaces(): PcapInterface[];
  /**
   * Compiles a filter (pcap-filter(7)) for packets of this DLT; the instructions as `struct bpf_insn`.
   * @throws {PcapError} when the expression is wrong.
   */
  compile(expression: string, dataLink: number, snapLength: number): Uint8Array<ArrayBuffer>;
  /** @throws {PcapError} when there is no such interface or it may not be opened. */
  open(name: string, options: PcapOptions): PcapCapture;
  unload(): void;
}

function zeroEnded(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/**
 * Opens libpcap.
 * @throws {LibraryMissing} when it is in none of its places or may not be opened.
 */
export function openLibpcap(libc: Libc, paths: readonly string[] = LIBPCAP_PATHS): Libpcap {
  const library = openLibrary("libpcap", paths, SYMBOLS);
  const { symbols } = library;
  const errors = new Uint8Array(ERROR_BYTES);

  function errorText(): string {
    const end = errors.indexOf(0);
    return new TextDecoder().decode(errors.subarray(0, end < 0 ? errors.length : end));
  }

  function checked(handle: bigint, result: number): void {
    if (result < 0) throw new PcapError(libc.text(symbols.pcap_geterr(handle), ERROR_BYTES));
  }

  return {
    version: () => libc.text(symbols.pcap_lib_version(), MAXIMUM_TEXT_BYTES),
    interfaces() {
      const first = new BigUint64Array(1);
      if (symbols.pcap_findalldevs(first, errors) < 0) throw new PcapError(errorText());
      const found: PcapInterface[] = [];
      const entry = new BigUint64Array(INTERFACE_BYTES / 8);
      for (let at = first[0]!; at !== 0n && found.length < MAXIMUM_INTERFACES; at = entry[0]!) {
        libc.copyFrom(entry, at);
        found.push({
          name: libc.text(entry[1]!, MAXIMUM_TEXT_BYTES),
          description: libc.text(entry[2]!, MAXIMUM_TEXT_BYTES),
        });
      }
      symbols.pcap_freealldevs(first[0]!);
      return found;
    },
    compile(expression, dataLink, snapLength) {
      // A zero byte would end the text for C and hide the rest from it.
      if (expression.includes("\0")) throw new PcapError("it contains a zero byte");
      const handle = symbols.pcap_open_dead(dataLink, snapLength);
      const program = new DataView(new ArrayBuffer(PROGRAM_BYTES));
      try {
        checked(handle, symbols.pcap_compile(handle, program, zeroEnded(expression), 1, NETMASK_UNKNOWN));
        const instructions = new Uint8Array(program.getUint32(0, true) * INSTRUCTION_BYTES);
        libc.copyFrom(instructions, program.getBigUint64(8, true));
        symbols.pcap_freecode(program);
        return instructions;
      } finally {
        symbols.pcap_close(handle);
      }
    },
    open(name, options) {
      const handle = symbols.pcap_create(zeroEnded(name), errors);
      if (handle === 0n) throw new PcapError(errorText());
      try {
        symbols.pcap_set_snaplen(handle, options.snapLength);
        symbols.pcap_set_promisc(handle, Number(options.promiscuous));
        symbols.pcap_set_timeout(handle, options.timeout);
        symbols.pcap_set_buffer_size(handle, options.bufferBytes);
        checked(handle, symbols.pcap_activate(handle));
        if (symbols.pcap_setnonblock(handle, 1, errors) < 0) throw new PcapError(errorText());
      } catch (error) {
        symbols.pcap_close(handle);
        throw error;
      }
      const headerAt = new BigUint64Array(1);
      const dataAt = new BigUint64Array(1);
      const header = new DataView(new ArrayBuffer(PACKET_HEADER_BYTES));
      const bytes = new Uint8Array(options.snapLength);
      const counts = new Uint32Array(3);
      return {
        descriptor: symbols.pcap_get_selectable_fd(handle),
        dataLink: symbols.pcap_datalink(handle),
        next() {
          const result = symbols.pcap_next_ex(handle, headerAt, dataAt);
          checked(handle, result);
          if (result === 0) return undefined;
          libc.copyFrom(header, headerAt[0]!);
          const captured = Math.min(header.getUint32(16, true), bytes.length);
          libc.copyFrom(bytes, dataAt[0]!, captured);
          return {
            seconds: Number(header.getBigInt64(0, true)),
            microseconds: Number(header.getBigInt64(8, true)),
            bytes: bytes.subarray(0, captured),
            onWire: header.getUint32(20, true),
          };
        },
        setProgram(instructions) {
          const address = libc.allocate(instructions.length);
          try {
            libc.copyTo(address, instructions);
            const program = new DataView(new ArrayBuffer(PROGRAM_BYTES));
            program.setUint32(0, instructions.length / INSTRUCTION_BYTES, true);
            program.setBigUint64(8, address, true);
            // libpcap keeps a copy.
            checked(handle, symbols.pcap_setfilter(handle, program));
          } finally {
            libc.unmap(address, instructions.length);
          }
        },
        statistics() {
          checked(handle, symbols.pcap_stats(handle, counts));
          return { received: counts[0]!, dropped: counts[1]! };
        },
        close: () => symbols.pcap_close(handle),
      };
    },
    unload: () => library.close(),
  };
}
