// Runs tshark and reads the fields it is asked for.

import { execFileSync } from "node:child_process";

const BETWEEN_VALUES = "\x1f";
/** Bytes that tshark may print about one capture. */
const OUTPUT_LIMIT = 256 * 2 ** 20;

/** One packet: the values of each field, none when the packet has no such field. */
export type TsharkRow = (field: string) => readonly string[];

/** The fields of the packets that match a display filter. Throws when tshark is not there or cannot read the capture. */
export function tshark(capture: string, filter: string, fields: readonly string[]): TsharkRow[] {
  const format = ["-T", "fields", "-E", "separator=/t", "-E", `aggregator=${BETWEEN_VALUES}`, "-E", "occurrence=a"];
  const output = execFileSync(
    "tshark",
    ["-n", "-r", capture, "-Y", filter, ...format, ...fields.flatMap((field) => ["-e", field])],
    { encoding: "utf8", maxBuffer: OUTPUT_LIMIT, stdio: ["ignore", "pipe", "ignore"] },
  );
  return output.split("\n").filter((line) => line !== "").map((line) => {
    const cells = line.split("\t");
    return (field) => {
      const cell = cells[fields.indexOf(field)] ?? "";
      return cell === "" ? [] : cell.split(BETWEEN_VALUES);
    };
  });
}

/** Fields that say who sent a packet to whom. */
export const END_FIELDS = [
  "frame.protocols",
  ...["ip.src", "ipv6.src", "tcp.srcport", "udp.srcport"],
  ...["ip.dst", "ipv6.dst", "tcp.dstport", "udp.dstport"],
];

/** Sender and receiver of a packet, as "address:port"; in tunnels, of the innermost one. */
export function endsOf(row: TsharkRow): { from: string; to: string } {
  const layers = (row("frame.protocols")[0] ?? "").split(":");
  const ip = layers.lastIndexOf("ipv6") > layers.lastIndexOf("ip") ? "ipv6" : "ip";
  const transport = layers.lastIndexOf("tcp") > layers.lastIndexOf("udp") ? "tcp" : "udp";
  const last = (field: string) => row(field).at(-1) ?? "";
  return {
    from: `${last(`${ip}.src`)}:${last(`${transport}.srcport`)}`,
    to: `${last(`${ip}.dst`)}:${last(`${transport}.dstport`)}`,
  };
}
