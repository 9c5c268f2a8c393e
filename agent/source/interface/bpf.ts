// Classic BPF (S. McCanne and V. Jacobson, "The BSD Packet Filter", USENIX 1993; instruction set in linux/bpf_common.h):
// checks a program and runs it on packets of a capture, as the kernel does on those of an interface. A program can only
// jump forwards, so it ends after as many steps as it has instructions.

/** One instruction: operation, steps to skip when the condition is true or false, operand (all unsigned). */
export interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly operand: number;
}

export type Program = readonly Instruction[];

/** `BPF_MAXINSNS`: the most that the kernel takes. */
export const MAXIMUM_INSTRUCTIONS = 4096;
/** `BPF_MEMWORDS`. */
const MEMORY_WORDS = 16;
/** Bytes of `struct bpf_insn`. */
export const INSTRUCTION_BYTES = 8;
/** Lets every packet through, or none. */
export const ACCEPT_EVERYTHING: Program = [{ code: 0x06, jumpTrue: 0, jumpFalse: 0, operand: 0xffffffff }];
export const REFUSE_EVERYTHING: Program = [{ code: 0x06, jumpTrue: 0, jumpFalse: 0, operand: 0 }];

/** Says why a program must not be run; undefined when it is sound. */
export function whatIsWrongWith(program: Program): string | undefined {
  if (program.length === 0 || program.length > MAXIMUM_INSTRUCTIONS) return `it has ${program.length} instructions`;
  for (const [at, { code, jumpTrue, jumpFalse, operand }] of program.entries()) {
    const left = program.length - 1 - at;
    if (!KNOWN.has(code)) return `instruction ${at} has the unknown operation 0x${code.toString(16)}`;
    const kind = code & 0x07;
    if (kind === JUMP) {
      const furthest = code === JUMP_ALWAYS ? operand : Math.max(jumpTrue, jumpFalse);
      if (furthest >= left) return `instruction ${at} jumps beyond the end`;
    }
    if ((code === DIVIDE_K || code === MODULO_K) && operand === 0) return `instruction ${at} divides by zero`;
    if (MEMORY.has(code) && operand >= MEMORY_WORDS) return `instruction ${at} uses memory that is not there`;
  }
  if ((program[program.length - 1]!.code & 0x07) !== RETURN) return "it does not end with a return";
  return undefined;
}

// Kinds of operations: the lowest three bits.
const JUMP = 0x05;
const RETURN = 0x06;

const LOAD_WORD = 0x20, LOAD_HALF = 0x28, LOAD_BYTE = 0x30, LOAD_LENGTH = 0x80, LOAD_K = 0x00, LOAD_MEMORY = 0x60;
const LOAD_WORD_AT_X = 0x40, LOAD_HALF_AT_X = 0x48, LOAD_BYTE_AT_X = 0x50;
const LOADX_K = 0x01, LOADX_LENGTH = 0x81, LOADX_MEMORY = 0x61, LOADX_HEADER_LENGTH = 0xb1;
const STORE = 0x02, STOREX = 0x03;
const ADD_K = 0x04, ADD_X = 0x0c, SUBTRACT_K = 0x14, SUBTRACT_X = 0x1c, MULTIPLY_K = 0x24, MULTIPLY_X = 0x2c;
const DIVIDE_K = 0x34, DIVIDE_X = 0x3c, MODULO_K = 0x94, MODULO_X = 0x9c, OR_K = 0x44, OR_X = 0x4c;
const AND_K = 0x54, AND_X = 0x5c, XOR_K = 0xa4, XOR_X = 0xac, LEFT_K = 0x64, LEFT_X = 0x6c, RIGHT_K = 0x74;
const RIGHT_X = 0x7c, NEGATE = 0x84;
const JUMP_ALWAYS = 0x05, EQUAL_K = 0x15, EQUAL_X = 0x1d, GREATER_K = 0x25, GREATER_X = 0x2d;
const NOT_LESS_K = 0x35, NOT_LESS_X = 0x3d, BITS_K = 0x45, BITS_X = 0x4d;
const RETURN_K = 0x06, RETURN_A = 0x16, A_TO_X = 0x07, X_TO_A = 0x87;

const MEMORY: ReadonlySet<number> = new Set([LOAD_MEMORY, LOADX_MEMORY, STORE, STOREX]);
// deno-fmt-ignore
const KNOWN: ReadonlySet<number> = new Set([
  LOAD_WORD, LOAD_HALF, LOAD_BYTE, LOAD_LENGTH, LOAD_K, LOAD_MEMORY, LOAD_WORD_AT_X, LOAD_HALF_AT_X, LOAD_BYTE_AT_X,
  LOADX_K, LOADX_LENGTH, LOADX_MEMORY, LOADX_HEADER_LENGTH, STORE, STOREX,
  ADD_K, ADD_X, SUBTRACT_K, SUBTRACT_X, MULTIPLY_K, MULTIPLY_X, DIVIDE_K, DIVIDE_X, MODULO_K, MODULO_X,
  OR_K, OR_X, AND_K, AND_X, XOR_K, XOR_X, LEFT_K, LEFT_X, RIGHT_K, RIGHT_X, NEGATE,
  JUMP_ALWAYS, EQUAL_K, EQUAL_X, GREATER_K, GREATER_X, NOT_LESS_K, NOT_LESS_X, BITS_K, BITS_X,
  RETURN_K, RETURN_A, A_TO_X, X_TO_A,
]);

/** Says whether a packet passes: `bytes[offset .. offset + capturedLength)`, `originalLength` bytes long on the wire. */
export type PacketFilter = (
  bytes: Uint8Array,
  offset: number,
  capturedLength: number,
  originalLength: number,
) => boolean;

/**
 * Makes a filter of a program. As in the kernel, a packet that is too short for what the program asks of it does not pass.
 * @throws {RangeError} when the program is not sound.
 */
export function createPacketFilter(program: Program): PacketFilter {
  const wrong = whatIsWrongWith(program);
  if (wrong !== undefined) throw new RangeError(`The filter program cannot be used: ${wrong}.`);
  const codes = Uint8Array.from(program, ({ code }) => code);
  const jumpsTrue = Uint8Array.from(program, ({ jumpTrue }) => jumpTrue);
  const jumpsFalse = Uint8Array.from(program, ({ jumpFalse }) => jumpFalse);
  const operands = Uint32Array.from(program, ({ operand }) => operand);
  const memory = new Uint32Array(MEMORY_WORDS);

  return (bytes, offset, capturedLength, originalLength) => {
    memory.fill(0);
    // Both registers hold unsigned 32-bit numbers.
    let a = 0;
    let x = 0;
    for (let at = 0;; at++) {
      const k = operands[at]!;
      switch (codes[at]!) {
        case LOAD_HALF:
          if (k + 2 > capturedLength) return false;
          a = (bytes[offset + k]! << 8) | bytes[offset + k + 1]!;
          break;
        case EQUAL_K:
          at += a === k ? jumpsTrue[at]! : jumpsFalse[at]!;
          break;
        case LOAD_BYTE:
          if (k >= capturedLength) return false;
          a = bytes[offset + k]!;
          break;
        case LOAD_WORD:
          if (k + 4 > capturedLength) return false;
          a = word(bytes, offset + k);
          break;
        case BITS_K:
          at += (a & k) !== 0 ? jumpsTrue[at]! : jumpsFalse[at]!;
          break;
        case LOADX_HEADER_LENGTH:
          if (k >= capturedLength) return false;
          x = (bytes[offset + k]! & 0x0f) << 2;
          break;
        case LOAD_HALF_AT_X:
          if (x + k + 2 > capturedLength) return false;
          a = (bytes[offset + x + k]! << 8) | bytes[offset + x + k + 1]!;
          break;
        case LOAD_BYTE_AT_X:
          if (x + k >= capturedLength) return false;
          a = bytes[offset + x + k]!;
          break;
        case LOAD_WORD_AT_X:
          if (x + k + 4 > capturedLength) return false;
          a = word(bytes, offset + x + k);
          break;
        case GREATER_K:
          at += a > k ? jumpsTrue[at]! : jumpsFalse[at]!;
          break;
        case NOT_LESS_K:
          at += a >= k ? jumpsTrue[at]! : jumpsFalse[at]!;
          break;
        case RETURN_K:
          return k !== 0;
        case RETURN_A:
          return a !== 0;
        case JUMP_ALWAYS:
          at += k;
          break;
        case EQUAL_X:
          at += a === x ? jumpsTrue[at]! : jumpsFalse[at]!;
          break;
        case GREATER_X:
          at += a > x ? jumpsTrue[at]! : jumpsFalse[at]!;
          break;
        case NOT_LESS_X:
          at += a >= x ? jumpsTrue[at]! : jumpsFalse[at]!;
          break;
        case BITS_X:
          at += (a & x) !== 0 ? jumpsTrue[at]! : jumpsFalse[at]!;
          break;
        case LOAD_LENGTH:
          a = originalLength;
          break;
        case LOAD_K:
          a = k;
          break;
        case LOAD_MEMORY:
          a = memory[k]!;
          break;
        case LOADX_K:
          x = k;
          break;
        case LOADX_LENGTH:
          x = originalLength;
          break;
        case LOADX_MEMORY:
          x = memory[k]!;
          break;
        case STORE:
          memory[k] = a;
          break;
        case STOREX:
          memory[k] = x;
          break;
        case A_TO_X:
          x = a;
          break;
        case X_TO_A:
          a = x;
          break;
        case DIVIDE_X:
        case MODULO_X:
          if (x === 0) return false;
          a = calculate(codes[at]!, a, x);
          break;
        default:
          // Bit 3 says whether the second number is the operand or the register.
          a = calculate(codes[at]!, a, (codes[at]! & 0x08) === 0 ? k : x);
      }
    }
  };
}

/** The result of an arithmetic operation, an unsigned 32-bit number. */
function calculate(code: number, a: number, b: number): number {
  switch (code & 0xf7) {
    case ADD_K:
      return (a + b) >>> 0;
    case SUBTRACT_K:
      return (a - b) >>> 0;
    case MULTIPLY_K:
      return Math.imul(a, b) >>> 0;
    case DIVIDE_K:
      return Math.trunc(a / b);
    case MODULO_K:
      return a % b;
    case OR_K:
      return (a | b) >>> 0;
    case AND_K:
      return (a & b) >>> 0;
    case XOR_K:
      return (a ^ b) >>> 0;
    case LEFT_K:
      return b > 31 ? 0 : (a << b) >>> 0;
    case RIGHT_K:
      return b > 31 ? 0 : a >>> b;
    default:
      return -a >>> 0;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** The instructions as C has them in memory (`struct bpf_insn`: code 2, jt 1, jf 1, k 4, little-endian). */
export function instructionBytes(program: Program): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(program.length * INSTRUCTION_BYTES));
  for (const [i, { code, jumpTrue, jumpFalse, operand }] of program.entries()) {
    view.setUint16(i * INSTRUCTION_BYTES, code, true);
    view.setUint8(i * INSTRUCTION_BYTES + 2, jumpTrue);
    view.setUint8(i * INSTRUCTION_BYTES + 3, jumpFalse);
    view.setUint32(i * INSTRUCTION_BYTES + 4, operand, true);
  }
  return new Uint8Array(view.buffer);
}

/** The program in bytes of that form. */
export function readInstructions(bytes: Uint8Array): Program {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / INSTRUCTION_BYTES) }, (_, i) => ({
    code: view.getUint16(i * INSTRUCTION_BYTES, true),
    jumpTrue: view.getUint8(i * INSTRUCTION_BYTES + 2),
    jumpFalse: view.getUint8(i * INSTRUCTION_BYTES + 3),
    operand: view.getUint32(i * INSTRUCTION_BYTES + 4, true),
  }));
}
