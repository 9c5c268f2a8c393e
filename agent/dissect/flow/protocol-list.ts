// The protocols of a run, arranged for quick look-up: by port and by name, and the whole list of each transport.

import type { Protocol } from "../analyzer.ts";

export interface ProtocolList {
  readonly all: readonly Protocol[];
  readonly byName: ReadonlyMap<string, number>;
  readonly tcpByPort: ReadonlyMap<number, readonly number[]>;
  readonly udpByPort: ReadonlyMap<number, readonly number[]>;
  /** Places in `all` of every protocol of the transport. */
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
}

export function arrangeProtocols(all: readonly Protocol[]): ProtocolList {
  const byName = new Map<string, number>();
  const byPort = { tcp: new Map<number, number[]>(), udp: new Map<number, number[]>() };
  const list = { tcp: [] as number[], udp: [] as number[] };
  for (const [place, { name, transport, ports }] of all.entries()) {
    byName.set(`${transport} ${name}`, place);
    list[transport].push(place);
    for (const port of ports) {
      const places = byPort[transport].get(port);
      if (places === undefined) byPort[transport].set(port, [place]);
      else places.push(place);
    }
  }
  return { all, byName, tcpByPort: byPort.tcp, udpByPort: byPort.udp, tcp: list.tcp, udp: list.udp };
}
