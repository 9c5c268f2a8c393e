// Gives the kernel a BPF program that says which packets a socket receives. It may be exchanged while packets come in.

import { type Libc, SystemError } from "../../../ffi/libc.ts";
import { instructionBytes, type Program } from "./bpf.ts";

// asm-generic/socket.h.
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
/** Bytes of `struct sock_fprog`: number of instructions (2, and 6 of padding), address of the first (8). */
const SOCK_FPROG_BYTES = 16;

/** Sets or, without a program, takes away the filter of a socket. */
export function attachFilter(libc: Libc, descriptor: number, program: Program | undefined): void {
  if (program === undefined) {
    try {
      libc.setOption(descriptor, SOL_SOCKET, SO_DETACH_FILTER, Uint32Array.of(0));
    } catch (error) {
      // ENOENT: there was none.
      if (!(error instanceof SystemError)) throw error;
    }
    return;
  }
  // The structure holds the address of the instructions, so they are put where they have one.
  const instructions = instructionBytes(program);
  const address = libc.allocate(instructions.length);
  try {
    libc.copyTo(address, instructions);
    const argument = new DataView(new ArrayBuffer(SOCK_FPROG_BYTES));
    argument.setUint16(0, program.length, true);
    argument.setBigUint64(8, address, true);
    libc.setOption(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, argument);
  } finally {
    libc.unmap(address, instructions.length);
  }
}
