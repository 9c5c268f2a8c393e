// Addresses of flows and frames as text, and whether they count as local.

import { formatIPv4, formatIPv6 } from "../../record/address-text.ts";

const IPV4_MAPPED = 0xffff;
const address = new Uint32Array(4);

/** Text of the address in `words[at .. at + 4)`. `version` 4 or 6 is what the packet was; a mapped address may be either. */
export function addressText(words: ArrayLike<number>, at: number, version: number): string {
  if (version === 4) return formatIPv4(words[at + 3]!);
  for (let i = 0; i < 4; i++) address[i] = words[at + i]!;
  return formatIPv6(address);
}

/** Texts of Ethernet addresses that are remembered, at a place by their last bits: a network has a few hundred at most. */
const REMEMBERED_MACS = 1024;
const rememberedMacs = new Float64Array(REMEMBERED_MACS);
const rememberedMacTexts = new Array<string>(REMEMBERED_MACS).fill("00:00:00:00:00:00");

/** "aa:bb:cc:dd:ee:ff" of the upper and lower 24 bits. */
export function macText(high: number, low: number): string {
  const mac = high * 0x1000000 + low;
  const place = (low ^ (low >>> 10)) & (REMEMBERED_MACS - 1);
  if (rememberedMacs[place] === mac) return rememberedMacTexts[place]!;
  rememberedMacs[place] = mac;
  return rememberedMacTexts[place] = writeMac(mac);
}

function writeMac(mac: number): string {
  const hex = mac.toString(16).padStart(12, "0");
  return `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${
    hex.slice(10)
  }`;
}

/**
 * Whether Zeek counts the address as local when nothing is configured: its `Site::private_address_space`, the blocks
 * that the IANA special-purpose registries (RFC 6890) keep off the Internet.
 */
export function isLocal(words: ArrayLike<number>, at: number): boolean {
  const a = words[at]!;
  const b = words[at + 1]!;
  const c = words[at + 2]!;
  const d = words[at + 3]!;
  if (a === 0 && b === 0) {
    if (c === IPV4_MAPPED) return isLocalIPv4(d);
    return c === 0 && d <= 1;
  }
  if (a >>> 16 === 0x2002) return isLocalIPv4((((a & 0xffff) << 16) | (b >>> 16)) >>> 0);
  return a >>> 25 === 0x7e || a >>> 22 === 0x3fa || a === 0x20010db8 || (a === 0x0064ff9b && b >>> 16 === 1) ||
    (a === 0x01000000 && b === 0) || a >>> 9 === 0x100080;
}

function isLocalIPv4(address: number): boolean {
  const first = address >>> 24;
  switch (first) {
    case 0:
    case 10:
    case 127:
      return true;
    case 100:
      return address >>> 22 === 0x191;
    case 169:
      return address >>> 16 === 0xa9fe;
    case 172:
      return address >>> 20 === 0xac1;
    case 192:
      return address >>> 16 === 0xc0a8 || address >>> 8 === 0xc00000 || address >>> 8 === 0xc00002;
    case 198:
      return address >>> 17 === 0x6309 || address >>> 8 === 0xc63364;
    case 203:
      return address >>> 8 === 0xcb0071;
    case 224:
      // Link-local multicast (RFC 5771 section 4).
      return address >>> 8 === 0xe00000;
  }
  return first >= 240;
}
