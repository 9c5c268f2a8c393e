// Lines of numbers with "|" between them, which nfdump writes for programs (`-o pipe`): address family, first and last time,
// protocol, source address in four numbers, its port, destination alike, AS numbers, interfaces, flags, service, packets,
// bytes. Version 1.6 writes seconds and milliseconds of a time as two numbers, 1.7 milliseconds as one.

import { formatIPv4, formatIPv6 } from "../../record/address-text.ts";
import { decimalOf, timeOfNumber } from "../numbers.ts";
import type { NfFlow } from "./flow.ts";

const COLUMNS = 22;
/** With two numbers for each time. */
const OLD_COLUMNS = 24;
/** AF_INET, which is 2 on all systems; AF_INET6 is another number on each. */
const AF_INET = 2;

/** Whether a line is one of numbers with "|" between them, as many as nfdump writes. */
export function isPipeLine(line: string): boolean {
  if (!/^[\d|. ]+$/.test(line)) return false;
  const columns = line.split("|", OLD_COLUMNS + 1).length;
  return columns === COLUMNS || columns === OLD_COLUMNS;
}

/** The flow of a line, or what is wrong with it. */
export function flowOfPipe(line: string): NfFlow | string {
  const numbers = line.split("|", OLD_COLUMNS + 1).map((text) => {
    const plain = text.trim();
    return decimalOf(plain, 0, plain.length);
  });
  if (numbers.some((number) => !(number >= 0 && number <= Number.MAX_SAFE_INTEGER))) return "is no line of numbers";
  const isOld = numbers.length === OLD_COLUMNS;
  if (!isOld && numbers.length !== COLUMNS) return "has another number of columns than nfdump writes";
  const [family, ...rest] = numbers;
  const first = isOld ? rest[0]! + rest[1]! / 1000 : timeOfNumber(rest[0]!);
  const last = isOld ? rest[2]! + rest[3]! / 1000 : timeOfNumber(rest[1]!);
  const at = isOld ? 4 : 2;
  const address = (from: number): string => {
    const [a, b, c, d] = rest.slice(from, from + 4).map((part) => part >>> 0);
    return family === AF_INET ? formatIPv4(d!) : formatIPv6([a!, b!, c!, d!]);
  };
  return {
    first,
    last,
    protocol: rest[at]!,
    src: address(at + 1),
    dst: address(at + 6),
    srcPort: rest[at + 5]! & 0xffff,
    dstPort: rest[at + 10]! & 0xffff,
    flags: rest[at + 15]! & 0xff,
    packets: rest[at + 17]!,
    bytes: rest[at + 18]!,
    outPackets: 0,
    outBytes: 0,
    srcMac: undefined,
    dstMac: undefined,
    vlan: undefined,
  };
}
