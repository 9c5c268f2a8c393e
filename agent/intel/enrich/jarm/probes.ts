// The ten questions of JARM: TLS client hellos that differ in version, ciphers and extensions and in their order, so that
// the choices of a server tell which program it is. As published (https://github.com/salesforce/jarm, and "Easily Identify
// Malicious Servers on the Internet with JARM", Althouse, Smart, Nunnally, Brady, 2020). Not a byte may differ but for the
// random ones, or the fingerprints would be others.

/** How a list is put in order. */
type Order = "forward" | "reverse" | "top-half" | "bottom-half" | "middle-out";

interface Probe {
  readonly version: "1.1" | "1.2" | "1.3";
  readonly ciphers: "all" | "without 1.3";
  readonly cipherOrder: Order;
  /** Values that mean nothing, which servers must ignore (RFC 8701). */
  readonly grease: boolean;
  /** Application protocols that nearly no server speaks. */
  readonly rareProtocols: boolean;
  /** The newest version in the extension "supported versions"; no extension without one. */
  readonly supports: "1.2" | "1.3" | undefined;
  /** Of application protocols and versions. */
  readonly extensionOrder: Order;
}

function probe(
  version: Probe["version"],
  ciphers: Probe["ciphers"],
  cipherOrder: Order,
  grease: boolean,
  rareProtocols: boolean,
  supports: Probe["supports"],
  extensionOrder: Order,
): Probe {
  return { version, ciphers, cipherOrder, grease, rareProtocols, supports, extensionOrder };
}

const PROBES: readonly Probe[] = [
  probe("1.2", "all", "forward", false, false, "1.2", "reverse"),
  probe("1.2", "all", "reverse", false, false, "1.2", "forward"),
  probe("1.2", "all", "top-half", false, false, undefined, "forward"),
  probe("1.2", "all", "bottom-half", false, true, undefined, "forward"),
  probe("1.2", "all", "middle-out", true, true, undefined, "reverse"),
  probe("1.1", "all", "forward", false, false, undefined, "forward"),
  probe("1.3", "all", "forward", false, false, "1.3", "reverse"),
  probe("1.3", "all", "reverse", false, false, "1.3", "forward"),
  probe("1.3", "without 1.3", "forward", false, false, "1.3", "forward"),
  probe("1.3", "all", "middle-out", true, false, "1.3", "reverse"),
];

/** The cipher suites offered, in their order. */
// deno-fmt-ignore
const CIPHERS = [
  0x0016, 0x0033, 0x0067, 0xc09e, 0xc0a2, 0x009e, 0x0039, 0x006b, 0xc09f, 0xc0a3, 0x009f, 0x0045, 0x00be, 0x0088,
  0x00c4, 0x009a, 0xc008, 0xc009, 0xc023, 0xc0ac, 0xc0ae, 0xc02b, 0xc00a, 0xc024, 0xc0ad, 0xc0af, 0xc02c, 0xc072,
  0xc073, 0xcca9, 0x1302, 0x1301, 0xcc14, 0xc007, 0xc012, 0xc013, 0xc027, 0xc02f, 0xc014, 0xc028, 0xc030, 0xc060,
  0xc061, 0xc076, 0xc077, 0xcca8, 0x1305, 0x1304, 0x1303, 0xcc13, 0xc011, 0x000a, 0x002f, 0x003c, 0xc09c, 0xc0a0,
  0x009c, 0x0035, 0x003d, 0xc09d, 0xc0a1, 0x009d, 0x0041, 0x00ba, 0x0084, 0x00c0, 0x0007, 0x0004, 0x0005,
];

const PROTOCOLS = ["http/0.9", "http/1.0", "http/1.1", "spdy/1", "spdy/2", "spdy/3", "h2", "h2c", "hq"];
const RARE_PROTOCOLS = PROTOCOLS.filter((name) => name !== "http/1.1" && name !== "h2");

/** First bytes of the record and of the hello. */
const RECORD_VERSIONS = { "1.1": 0x0302, "1.2": 0x0303, "1.3": 0x0301 } as const;
const HELLO_VERSIONS = { "1.1": 0x0302, "1.2": 0x0303, "1.3": 0x0303 } as const;

/** Random bytes; for tests another source. */
export type RandomBytes = (length: number) => Uint8Array;

/** The ten client hellos for a server, each a whole TLS record. `name` is what the server is asked for: a host name, or its address. */
export function clientHellos(name: string, random: RandomBytes): Uint8Array<ArrayBuffer>[] {
  return PROBES.map((each) => clientHello(each, name, random));
}

function clientHello(probe: Probe, name: string, random: RandomBytes): Uint8Array<ArrayBuffer> {
  const grease = (): number[] => {
    // 0x0a0a, 0x1a1a, … 0xfafa (RFC 8701 section 2).
    const byte = ((random(1)[0]! & 0x0f) << 4) | 0x0a;
    return [byte, byte];
  };
  const suites = inOrder(
    probe.ciphers === "all" ? CIPHERS : CIPHERS.filter((suite) => suite >> 8 !== 0x13),
    probe.cipherOrder,
  ).flatMap(uint16);
  if (probe.grease) suites.unshift(...grease());
  const hello = [
    ...uint16(HELLO_VERSIONS[probe.version]),
    ...random(32),
    32,
    ...random(32),
    ...counted(suites),
    1,
    0,
    ...counted(extensions(probe, name, grease, random)),
  ];
  const handshake = [1, 0, ...counted(hello)];
  return Uint8Array.from([22, ...uint16(RECORD_VERSIONS[probe.version]), ...counted(handshake)]);
}

function extensions(probe: Probe, name: string, grease: () => number[], random: RandomBytes): number[] {
  const server = counted([0, ...counted([...new TextEncoder().encode(name)])]);
  const protocols = inOrder(probe.rareProtocols ? RARE_PROTOCOLS : PROTOCOLS, probe.extensionOrder)
    .flatMap((protocol) => [protocol.length, ...new TextEncoder().encode(protocol)]);
  const share = [...probe.grease ? [...grease(), 0, 1, 0] : [], 0x00, 0x1d, ...counted([...random(32)])];
  const out = probe.grease ? [...grease(), 0, 0] : [];
  out.push(...extension(0x0000, server));
  out.push(...extension(0x0017, [])); // extended master secret
  out.push(...extension(0x0001, [1])); // greatest length of a fragment: 512
  out.push(...extension(0xff01, [0])); // renegotiation
  out.push(...extension(0x000a, counted([0x001d, 0x0017, 0x0018, 0x0019].flatMap(uint16)))); // groups
  out.push(...extension(0x000b, [1, 0])); // forms of points
  out.push(...extension(0x0023, [])); // session ticket
  out.push(...extension(0x0010, counted(protocols)));
  const signatures = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201];
  out.push(...extension(0x000d, counted(signatures.flatMap(uint16))));
  out.push(...extension(0x0033, counted(share)));
  out.push(...extension(0x002d, [1, 1])); // pre-shared keys
  if (probe.version === "1.3" || probe.supports === "1.2") {
    const all = probe.supports === "1.2" ? [0x0301, 0x0302, 0x0303] : [0x0301, 0x0302, 0x0303, 0x0304];
    const versions = [...probe.grease ? grease() : [], ...inOrder(all, probe.extensionOrder).flatMap(uint16)];
    out.push(...extension(0x002b, [versions.length, ...versions]));
  }
  return out;
}

/** Puts a list in order; the halves leave the other half out. */
export function inOrder<T>(list: readonly T[], order: Order): T[] {
  const middle = list.length >> 1;
  const isOdd = list.length % 2 === 1;
  switch (order) {
    case "forward":
      return [...list];
    case "reverse":
      return list.toReversed();
    case "bottom-half":
      return list.slice(isOdd ? middle + 1 : middle);
    case "top-half":
      // The middle one first, then the first half backwards.
      return [...isOdd ? [list[middle]!] : [], ...inOrder(list.toReversed(), "bottom-half")];
    case "middle-out": {
      const out: T[] = isOdd ? [list[middle]!] : [];
      for (let step = 1; step <= middle; step++) {
        out.push(list[isOdd ? middle + step : middle - 1 + step]!, list[middle - step]!);
      }
      return out;
    }
  }
}

function extension(type: number, content: readonly number[]): number[] {
  return [...uint16(type), ...counted(content)];
}

/** With its length before it, in two bytes. */
function counted(bytes: readonly number[]): number[] {
  return [...uint16(bytes.length), ...bytes];
}

function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}
