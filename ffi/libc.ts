// The C library: sockets, memory shared with the kernel, and questions to the kernel. Addresses of foreign memory are
// plain numbers (`bigint`, "usize"), and its contents are only ever copied, so a permission limited to the library's
// path is enough and nothing here can hand out a view into foreign memory.

import { libraryPaths, openLibrary } from "./library-paths.ts";

/** Paths at which the GNU C library may be. */
export const LIBC_PATHS: readonly string[] = libraryPaths(["libc.so.6"]);

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  mmap: { parameters: ["usize", "usize", "i32", "i32", "i32", "i64"], result: "usize" },
  munmap: { parameters: ["usize", "usize"], result: "i32" },
  copyFrom: { name: "memcpy", parameters: ["buffer", "usize", "usize"], result: "void" },
  copyTo: { name: "memcpy", parameters: ["usize", "buffer", "usize"], result: "void" },
  strnlen: { parameters: ["usize", "usize"], result: "usize" },
  geteuid: { parameters: [], result: "u32" },
  capget: { parameters: ["buffer", "buffer"], result: "i32" },
  statvfs: { parameters: ["buffer", "buffer"], result: "i32" },
  adjtimex: { parameters: ["buffer"], result: "i32" },
  errorAddress: { name: "__errno_location", parameters: [], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A call that the kernel refused. */
export class SystemError extends Error {
  override name = "SystemError";
  /** Name of the C function. */
  readonly call: string;
  /** Number of the error (errno.h), the same on x86_64 and aarch64. */
  readonly errno: number;
  constructor(call: string, errno: number) {
    super(`${call} failed with error ${errno}${ERROR_NAMES[errno] === undefined ? "" : ` (${ERROR_NAMES[errno]})`}`);
    this.call = call;
    this.errno = errno;
  }
}

// errno.h, include/uapi/asm-generic/errno-base.h and errno.h.
export const EPERM = 1;
export const ENOENT = 2;
export const ENXIO = 6;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const ENODEV = 19;
export const EINVAL = 22;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const ENETDOWN = 100;
export const ENOBUFS = 105;

const ERROR_NAMES: Readonly<Record<number, string>> = {
  [EPERM]: "EPERM: not permitted",
  [ENOENT]: "ENOENT: does not exist",
  [ENXIO]: "ENXIO: no such device",
  [EAGAIN]: "EAGAIN: nothing there",
  [ENOMEM]: "ENOMEM: not enough memory",
  [EACCES]: "EACCES: not permitted",
  [ENODEV]: "ENODEV: no such device",
  [EINVAL]: "EINVAL: not understood",
  [EOPNOTSUPP]: "EOPNOTSUPP: not supported",
  [EAFNOSUPPORT]: "EAFNOSUPPORT: not supported",
  [ENETDOWN]: "ENETDOWN: the interface is down",
  [ENOBUFS]: "ENOBUFS: not enough buffers",
};

/** poll.h. */
export const POLLIN = 0x001;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
/** Bytes of a struct pollfd: descriptor (4), events wanted (2), events seen (2). */
const POLLFD_BYTES = 8;

/** sys/mman.h: protection and flags for memory. */
const PROT_READ = 1, PROT_WRITE = 2;
const MAP_SHARED = 0x01, MAP_PRIVATE = 0x02, MAP_ANONYMOUS = 0x20, MAP_POPULATE = 0x8000;
const MAP_FAILED = 2n ** 64n - 1n;

/** Bytes of `struct statvfs` are 112 on both architectures; room for more does no harm. */
const STATVFS_BYTES = 256;
/** Bytes of `struct timex` are 208. */
const TIMEX_BYTES = 256;
/** `_LINUX_CAPABILITY_VERSION_3` of linux/capability.h. */
const CAPABILITY_VERSION_3 = 0x20080522;

const encoder = new TextEncoder();

/** The C library, opened. Numbers are the kernel's; calls that it refuses throw a {@link SystemError}. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(descriptor: number, address: Uint8Array<ArrayBuffer>): void;
  setOption(descriptor: number, level: number, option: number, value: ArrayBufferView<ArrayBuffer>): void;
  /** Fills `value` and returns how many of its bytes were filled. */
  getOption(descriptor: number, level: number, option: number, value: ArrayBufferView<ArrayBuffer>): number;
  send(descriptor: number, bytes: Uint8Array<ArrayBuffer>): void;
  /** Bytes received into `buffer`; 0 when nothing is there now. */
  receiveNow(descriptor: number, buffer: Uint8Array<ArrayBuffer>): number;
  close(descriptor: number): void;
  /** `argument` is read and written in place. */
  control(descriptor: number, request: number, argument: Uint8Array<ArrayBuffer>): void;
  /** Number of the interface of this name; 0 without one. */
  interfaceIndex(name: string): number;
  /** Waits for one of `events` on `descriptor` without holding up this thread; the events seen, 0 after `milliseconds`. */
  poll(descriptor: number, events: number, milliseconds: number): Promise<number>;
  /** Maps `bytes` of the descriptor's memory; its address. */
  mapShared(descriptor: number, bytes: number): bigint;
  /** New memory with a fixed address, for structures that must hold the address of another. */
  allocate(bytes: number): bigint;
  unmap(address: bigint, bytes: number): void;
  /** Copies from foreign memory: as many bytes as `into` is long unless said otherwise. */
  copyFrom(into: ArrayBufferView<ArrayBuffer>, address: bigint, bytes?: number): void;
  copyTo(address: bigint, from: ArrayBufferView<ArrayBuffer>): void;
  /** A text that ends in a zero byte, at most `maximum` bytes of it. */
  text(address: bigint, maximum: number): string;
  effectiveUser(): number;
  /** The effective capabilities of this thread, one bit each (linux/capability.h). */
  capabilities(): bigint;
  /** Bytes of the file system that holds `path`: in all, and free for those who are not root. */
  fileSystem(path: string): { total: number; free: number };
  /** What the kernel knows of the clock: whether it is kept right by something, and how wrong it may be, seconds. */
  clock(): { synchronised: boolean; maximumError: number };
  unload(): void;
}

/** A name as C wants it: with a zero byte at its end. */
function zeroEnded(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${text}\0`);
}

/**
 * Opens the C library.
 * @throws {LibraryMissing} when it is in none of its places or may not be opened.
 */
export function openLibc(paths: readonly string[] = LIBC_PATHS): Libc {
  const library = openLibrary("The GNU C library", paths, SYMBOLS);
  const { symbols } = library;
  // Thread-local, so its address stays the same for as long as this thread lives.
  const errorAddress = symbols.errorAddress();
  const errorNumber = new Int32Array(1);

  function failure(call: string): SystemError {
    symbols.copyFrom(errorNumber, errorAddress, 4n);
    return new SystemError(call, errorNumber[0]!);
  }

  function checked<Result extends number | bigint>(call: string, result: Result): Result {
    if (result < 0) throw failure(call);
    return result;
  }

  function map(bytes: number, flags: number, descriptor: number): bigint {
    const address = symbols.mmap(0n, BigInt(bytes), PROT_READ | PROT_WRITE, flags, descriptor, 0n);
    if (address === MAP_FAILED) throw failure("mmap");
    return address;
  }

  return {
    socket: (domain, type, protocol) => checked("socket", symbols.socket(domain, type, protocol)),
    bind: (descriptor, address) => void checked("bind", symbols.bind(descriptor, address, address.length)),
    setOption(descriptor, level, option, value) {
      checked("setsockopt", symbols.setsockopt(descriptor, level, option, value, value.byteLength));
    },
    getOption(descriptor, level, option, value) {
      const length = Uint32Array.of(value.byteLength);
      checked("getsockopt", symbols.getsockopt(descriptor, level, option, value, length));
      return length[0]!;
    },
    send(descriptor, bytes) {
      checked("send", symbols.send(descriptor, bytes, BigInt(bytes.length), 0));
    },
    receiveNow(descriptor, buffer) {
      const MSG_DONTWAIT = 0x40;
      const count = symbols.recv(descriptor, buffer, BigInt(buffer.length), MSG_DONTWAIT);
      if (count >= 0) return Number(count);
      const error = failure("recv");
      if (error.errno === EAGAIN) return 0;
      throw error;
    },
    close: (descriptor) => void checked("close", symbols.close(descriptor)),
    control: (descriptor, request, argument) =>
      void checked("ioctl", symbols.ioctl(descriptor, BigInt(request), argument)),
    interfaceIndex: (name) => symbols.if_nametoindex(zeroEnded(name)),
    async poll(descriptor, events, milliseconds) {
      const set = new DataView(new ArrayBuffer(POLLFD_BYTES));
      set.setInt32(0, descriptor, true);
      set.setInt16(4, events, true);
      // An interrupted wait is a wait without an event.
      return await symbols.poll(set, 1n, milliseconds) > 0 ? set.getInt16(6, true) : 0;
    },
    mapShared: (descriptor, bytes) => map(bytes, MAP_SHARED | MAP_POPULATE, descriptor),
    allocate: (bytes) => map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1),
    unmap: (address, bytes) => void checked("munmap", symbols.munmap(address, BigInt(bytes))),
    copyFrom(into, address, bytes = into.byteLength) {
      // The one place where a wrong number would write beyond a buffer of ours.
      if (bytes < 0 || bytes > into.byteLength) throw new RangeError("more bytes than the buffer can hold");
      symbols.copyFrom(into, address, BigInt(bytes));
    },
    copyTo: (address, from) => symbols.copyTo(address, from, BigInt(from.byteLength)),
    text(address, maximum) {
      if (address === 0n) return "";
      const bytes = new Uint8Array(Number(symbols.strnlen(address, BigInt(maximum))));
      symbols.copyFrom(bytes, address, BigInt(bytes.length));
      return new TextDecoder().decode(bytes);
    },
    effectiveUser: () => symbols.geteuid(),
    capabilities() {
      // struct __user_cap_data_struct twice: effective, permitted, inheritable of bits 0 to 31, then of 32 to 63.
      const data = new Uint32Array(6);
      checked("capget", symbols.capget(Uint32Array.of(CAPABILITY_VERSION_3, 0), data));
      return BigInt(data[0]!) | (BigInt(data[3]!) << 32n);
    },
    fileSystem(path) {
      // f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, each 8 bytes; blocks are counted in f_frsize.
      const data = new BigUint64Array(STATVFS_BYTES / 8);
      checked("statvfs", symbols.statvfs(zeroEnded(path), data));
      return { total: Number(data[1]! * data[2]!), free: Number(data[1]! * data[4]!) };
    },
    clock() {
      // modes (4 and 4 of padding), offset (8), freq (8), maxerror (8, microseconds), esterror (8), status (4).
      const STA_UNSYNC = 0x40;
      const data = new DataView(new ArrayBuffer(TIMEX_BYTES));
      checked("adjtimex", symbols.adjtimex(data));
      return {
        synchronised: (data.getInt32(40, true) & STA_UNSYNC) === 0,
        maximumError: Number(data.getBigInt64(24, true)) / 1e6,
      };
    },
    unload: () => library.close(),
  };
}
