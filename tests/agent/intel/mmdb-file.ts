// Writes MaxMind DB files, for tests: the format's own specification, the other way round.

const MARKER = [0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")];
const POINTER = 1, TEXT = 2, DOUBLE = 3, UINT32 = 6, MAP = 7, UINT64 = 9, LIST = 11, BOOLEAN = 14;

/** A value to write; `{ pointer }` is a pointer to an offset in the data. */
type Value = string | number | boolean | bigint | readonly Value[] | { [key: string]: Value };

function control(type: number, size: number): number[] {
  const head = size < 29 ? [size] : size < 285 ? [29, size - 29] : [30, (size - 285) >> 8, (size - 285) & 255];
  return type < 8 ? [type << 5 | head[0]!, ...head.slice(1)] : [head[0]!, type - 7, ...head.slice(1)];
}

function big(value: number, length: number): number[] {
  return Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) & 255);
}

export function encode(value: Value): number[] {
  if (typeof value === "string") {
    const bytes = [...new TextEncoder().encode(value)];
    return [...control(TEXT, bytes.length), ...bytes];
  }
  if (typeof value === "boolean") return control(BOOLEAN, value ? 1 : 0);
  if (typeof value === "bigint") return [...control(UINT64, 8), ...big(Number(value), 8)];
  if (typeof value === "number") {
    if (Number.isInteger(value)) return [...control(UINT32, 4), ...big(value, 4)];
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return [...control(DOUBLE, 8), ...new Uint8Array(view.buffer)];
  }
  if (Array.isArray(value)) return [...control(LIST, value.length), ...value.flatMap(encode)];
  if ("pointer" in value) return [POINTER << 5 | (value["pointer"] as number) >> 8, (value["pointer"] as number) & 255];
  const entries = Object.entries(value);
  return [...control(MAP, entries.length), ...entries.flatMap(([key, each]) => [...encode(key), ...encode(each)])];
}

/** A database: for each network (its bits as a string of 0 and 1) a value. */
export function mmdb(
  networks: readonly (readonly [bits: string, value: Value])[],
  options: { recordSize?: 24 | 28 | 32; ipVersion?: 4 | 6; type?: string } = {},
): Uint8Array<ArrayBuffer> {
  const { recordSize = 24, ipVersion = 4, type = "Test-ASN" } = options;
  const data: number[] = [];
  /** A place in the tree: another node, the offset of a value, or nothing. */
  type Branch = { node: number } | { offset: number } | undefined;
  const nodes: [Branch, Branch][] = [[undefined, undefined]];
  for (const [bits, value] of networks) {
    const offset = data.length;
    data.push(...encode(value));
    let node = 0;
    for (const [i, bit] of [...bits].entries()) {
      const side = bit === "1" ? 1 : 0;
      if (i === bits.length - 1) {
        nodes[node]![side] = { offset };
        break;
      }
      const next = nodes[node]![side];
      if (next !== undefined && "node" in next) node = next.node;
      else {
        nodes.push([next, next]);
        nodes[node]![side] = { node: nodes.length - 1 };
        node = nodes.length - 1;
      }
    }
  }
  const number = (branch: Branch): number =>
    branch === undefined ? nodes.length : "node" in branch ? branch.node : nodes.length + 16 + branch.offset;
  const tree = nodes.flatMap(([left, right]) => {
    const [l, r] = [number(left), number(right)];
    if (recordSize !== 28) return [...big(l, recordSize / 8), ...big(r, recordSize / 8)];
    return [...big(l & 0xffffff, 3), (l >>> 24) << 4 | r >>> 24, ...big(r & 0xffffff, 3)];
  });
  const metadata = encode({
    node_count: nodes.length,
    record_size: recordSize,
    ip_version: ipVersion,
    binary_format_major_version: 2,
    database_type: type,
    build_epoch: 1_700_000_000n,
  });
  return new Uint8Array([...tree, ...new Array<number>(16).fill(0), ...data, ...MARKER, ...metadata]);
}

/** The first `length` bits of an IPv4 address, for a network in an IPv4 tree. */
export function bitsOf(ip: string, length: number): string {
  return ip.split(".").map((octet) => Number(octet).toString(2).padStart(8, "0")).join("").slice(0, length);
}
