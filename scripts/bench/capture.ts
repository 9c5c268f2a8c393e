// The captures of the benchmark, made once and kept in dist/bench/ until what makes them changes.

import { createHash } from "node:crypto";
import { pcap, pcapChunks, writeFile } from "../../tests/craft/craft.ts";
import { LENGTH } from "./traffic/place.ts";
import { traffic } from "./traffic/traffic.ts";

const ROOT = new URL("../../", import.meta.url);
const FOLDER = new URL("dist/bench/", ROOT);
/** What the captures follow from. */
const SOURCES = ["scripts/bench/traffic", "tests/craft"] as const;

/** How often the long capture repeats the traffic. */
export const REPEATS = 4;

/** The benchmark's captures. */
export interface Captures {
  /** The traffic. */
  readonly once: string;
  /** The same traffic for `REPEATS` times as long. */
  readonly long: string;
  /** Its first packet alone. */
  readonly single: string;
  readonly packets: number;
  /** Bytes of the file `once`. */
  readonly bytes: number;
}

/** The captures; makes those that are not there, which takes half a minute. */
export function captures(say: (sentence: string) => void): Captures {
  const base = `traffic-${hashOfSources()}`;
  const path = (suffix: string): string => new URL(`${base}${suffix}`, FOLDER).pathname;
  const made = { once: path(".pcap"), long: path(`-x${REPEATS}.pcap`), single: path("-first.pcap") };
  Deno.mkdirSync(FOLDER, { recursive: true });
  for (const { name } of Deno.readDirSync(FOLDER)) {
    if (name.startsWith("traffic-") && !name.startsWith(base)) Deno.removeSync(new URL(name, FOLDER));
  }
  // Written last, so a capture without it was not finished.
  const count = path(".json");
  let packets = readCount(count);
  if (packets === undefined) {
    say("Making the captures, once.");
    packets = 0;
    writeFile(made.once, pcapChunks(counted(() => packets!++)));
    writeFile(made.single, [firstPacket()]);
    repeat(made.once, made.long);
    Deno.writeTextFileSync(count, JSON.stringify({ packets }));
  }
  return { ...made, packets, bytes: Deno.statSync(made.once).size };
}

function* counted(count: () => void): ReturnType<typeof traffic> {
  for (const packet of traffic()) {
    count();
    yield packet;
  }
}

function firstPacket(): Uint8Array {
  const first = traffic().next();
  return pcap(first.done ? [] : [first.value]);
}

function readCount(path: string): number | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(path)).packets;
  } catch {
    return undefined;
  }
}

function hashOfSources(): string {
  const hash = createHash("sha256");
  const add = (folder: URL): void => {
    const entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory } of entries) {
      if (isDirectory) add(new URL(`${name}/`, folder));
      else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) {
        hash.update(Deno.readFileSync(new URL(name, folder)));
      }
    }
  };
  for (const folder of SOURCES) add(new URL(`${folder}/`, ROOT));
  return hash.digest("hex").slice(0, 12);
}

const FILE_HEADER_BYTES = 24, PACKET_HEADER_BYTES = 16;

/** Writes the capture `REPEATS` times over, each time `LENGTH` seconds later. */
function repeat(from: string, to: string): void {
  using target = Deno.openSync(to, { write: true, create: true, truncate: true });
  const put = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;) done += target.writeSync(bytes.subarray(done));
  };
  const file = Deno.readFileSync(from), view = new DataView(file.buffer);
  put(file.subarray(0, FILE_HEADER_BYTES));
  for (let round = 0; round < REPEATS; round++) {
    if (round > 0) {
      for (let at = FILE_HEADER_BYTES; at < file.length;) {
        view.setUint32(at, view.getUint32(at, true) + LENGTH, true);
        at += PACKET_HEADER_BYTES + view.getUint32(at + 8, true);
      }
    }
    put(file.subarray(FILE_HEADER_BYTES));
  }
}
