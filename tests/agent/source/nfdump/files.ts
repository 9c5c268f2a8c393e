// Writes nfdump files for tests, in both layouts and byte orders, from the description of the formats.

export interface TestFlow {
  /** Seconds after the start of the story. */
  at: number;
  seconds?: number;
  proto?: number;
  src: string;
  srcPort?: number;
  dst: string;
  dstPort?: number;
  flags?: number;
  packets?: number;
  bytes?: number;
  /** The way back: packets and bytes. */
  out?: readonly [packets: number, bytes: number];
  mac?: string;
}

export const START = Date.UTC(2024, 4, 6, 12) / 1000;
export const FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16;

/** Bytes written one after the other. */
function writer(little: boolean) {
  const view = new DataView(new ArrayBuffer(64 * 1024));
  let at = 0;
  const self = {
    u8: (value: number) => (view.setUint8(at, value), at += 1, self),
    u16: (value: number) => (view.setUint16(at, value, little), at += 2, self),
    u32: (value: number) => (view.setUint32(at, value, little), at += 4, self),
    u64: (value: number) => (view.setBigUint64(at, BigInt(value), little), at += 8, self),
    raw: (bytes: Uint8Array) => (new Uint8Array(view.buffer).set(bytes, at), at += bytes.length, self),
    zeros: (count: number) => (at += count, self),
    setU16: (place: number, value: number) => view.setUint16(place, value, little),
    get length() {
      return at;
    },
    bytes: () => new Uint8Array(view.buffer.slice(0, at)),
  };
  return self;
}

type Writer = ReturnType<typeof writer>;

function address(out: Writer, text: string): void {
  if (text.includes(".")) {
    out.u32(text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0));
    return;
  }
  const [head, tail = ""] = text.split("::");
  const left = head!.split(":").filter(Boolean), right = tail.split(":").filter(Boolean);
  const groups = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right].map((group) =>
    parseInt(group, 16)
  );
  for (const first of [0, 4]) {
    out.u64(Number(groups.slice(first, first + 4).reduce((sum, group) => sum * 65536n + BigInt(group), 0n)));
  }
}

/** One data block with its header; `packed` is what stands for the content, whose header says how many bytes it is. */
function block(little: boolean, type: number, records: number, content: Uint8Array, flags = 0): Uint8Array {
  return writer(little).u32(records).u32(content.length).u16(type).u16(flags).raw(content).bytes();
}

/** Content of a block of layout 2. */
export function content2(flows: readonly TestFlow[], little = true): Uint8Array {
  const out = writer(little);
  for (const flow of flows) {
    const start = out.length;
    out.u16(11).u16(0).u16(0).u16(0).u16(1).u8(0).u8(9);
    const first = Math.round((START + flow.at) * 1000);
    out.u16(1).u16(52).u64(first).u64(first + Math.round((flow.seconds ?? 0) * 1000)).u64(0);
    out.u64(flow.packets ?? 1).u64(flow.bytes ?? 60).u16(flow.srcPort ?? 0).u16(flow.dstPort ?? 0);
    out.u8(flow.proto ?? 6).u8(flow.flags ?? 0).u8(0).u8(0);
    const isV6 = flow.src.includes(":");
    out.u16(isV6 ? 3 : 2).u16(isV6 ? 36 : 12);
    address(out, flow.src);
    address(out, flow.dst);
    // Autonomous systems, which no record has, are passed over.
    out.u16(7).u16(12).u32(64500).u32(64501);
    if (flow.out !== undefined) out.u16(5).u16(28).u64(1).u64(flow.out[0]).u64(flow.out[1]);
    if (flow.mac !== undefined) out.u16(15).u16(36).u64(parseInt(flow.mac.replaceAll(":", ""), 16)).zeros(24);
    out.setU16(start + 2, out.length - start);
    out.setU16(start + 4, 3 + (flow.out === undefined ? 0 : 1) + (flow.mac === undefined ? 0 : 1));
  }
  return out.bytes();
}

/** A file of layout 2 (nfdump 1.7); `packing` is its number in the header and `packed` the packed content. */
export function layout2(
  flows: readonly TestFlow[],
  { little = true, packing = 0, packed, encryption = 0 }: {
    little?: boolean;
    packing?: number;
    packed?: Uint8Array;
    encryption?: number;
  } = {},
): Uint8Array {
  const out = writer(little);
  out.u16(0xa50c).u16(2).u32(0x01070100).u64(0).u8(packing).u8(encryption).u16(0).u32(0).u64(0).u32(1 << 20).u32(2);
  // A record of an exporter comes before the flows, and a block of statistics after them.
  const exporter = writer(little).u16(7).u16(32).u32(9).u64(0).u64(0xc0000201).u16(2).u16(1).u32(0).bytes();
  out.raw(block(little, 3, 1, exporter, 1));
  out.raw(block(little, 3, flows.length, packed ?? content2(flows, little)));
  out.raw(block(little, 3, 1, writer(little).u16(0x8001).u16(8).u32(0).bytes(), 1));
  return out.bytes();
}

/** A file of layout 1 (nfdump 1.6), which has an extension map before its flows. */
export function layout1(flows: readonly TestFlow[], { little = true }: { little?: boolean } = {}): Uint8Array {
  const content = writer(little);
  // Interfaces, VLAN, counters of the way back.
  content.u16(2).u16(20).u16(3).u16(20).u16(5).u16(13).u16(14).u16(16).u16(0).u16(0);
  for (const flow of flows) {
    const start = content.length;
    const isV6 = flow.src.includes(":");
    const first = Math.round((START + flow.at) * 1000);
    const last = first + Math.round((flow.seconds ?? 0) * 1000);
    content.u16(10).u16(0).u16((isV6 ? 1 : 0) | 2).u16(3).u16(first % 1000).u16(last % 1000);
    content.u32(Math.floor(first / 1000)).u32(Math.floor(last / 1000));
    content.u8(0).u8(flow.flags ?? 0).u8(flow.proto ?? 6).u8(0).u16(flow.srcPort ?? 0).u16(flow.dstPort ?? 0).u32(0);
    address(content, flow.src);
    address(content, flow.dst);
    content.u64(flow.packets ?? 1).u32(flow.bytes ?? 60);
    content.u32(1).u32(2).u16(7).u16(0).u32(flow.out?.[0] ?? 0).u32(flow.out?.[1] ?? 0);
    content.setU16(start + 2, content.length - start);
  }
  const out = writer(little).u16(0xa50c).u16(1).u32(0).u32(1).zeros(128 + 136);
  return out.raw(block(little, 2, flows.length + 1, content.bytes())).bytes();
}
