// Asks the driver of an interface what it does to packets (ethtool's requests, linux/ethtool.h).

import { type Libc, SystemError } from "../../ffi/libc.ts";
import type { Offloads } from "./checks.ts";

// linux/socket.h, linux/sockios.h, linux/ethtool.h.
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GFLAGS = 0x25;
const ETHTOOL_GGRO = 0x2b;
const ETH_FLAG_LRO = 1 << 15;
/** `struct ifreq`: a name (16), then a union that here holds an address (8), 40 bytes in all. */
const IFREQ_BYTES = 40;
const NAME_BYTES = 16;

/** What is joined on the way in. What a driver cannot say is undefined. */
export function readOffloads(libc: Libc, interfaceName: string): Offloads {
  const descriptor = libc.socket(AF_INET, SOCK_DGRAM, 0);
  // `struct ethtool_value`: request and answer, 4 bytes each. The request names it by its address.
  const value = new Uint32Array(2);
  const address = libc.allocate(value.byteLength);

  function ask(command: number): number | undefined {
    const request = new DataView(new ArrayBuffer(IFREQ_BYTES));
    new TextEncoder().encodeInto(interfaceName, new Uint8Array(request.buffer, 0, NAME_BYTES - 1));
    request.setBigUint64(NAME_BYTES, address, true);
    value.set([command, 0]);
    libc.copyTo(address, value);
    try {
      libc.control(descriptor, SIOCETHTOOL, new Uint8Array(request.buffer));
    } catch (error) {
      // EOPNOTSUPP mostly: the driver does not know the question.
      if (error instanceof SystemError) return undefined;
      throw error;
    }
    libc.copyFrom(value, address);
    return value[1]!;
  }

  try {
    const gro = ask(ETHTOOL_GGRO);
    const flags = ask(ETHTOOL_GFLAGS);
    return {
      gro: gro === undefined ? undefined : gro !== 0,
      lro: flags === undefined ? undefined : (flags & ETH_FLAG_LRO) !== 0,
    };
  } finally {
    libc.unmap(address, value.byteLength);
    libc.close(descriptor);
  }
}
