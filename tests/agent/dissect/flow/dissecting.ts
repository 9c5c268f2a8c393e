// For the tests of the flow table: stories told to a dissector, and a protocol that writes down what it is given.

import type {
  Analyzer,
  AnyRecord,
  Flow,
  Kind,
  Output,
  Protocol,
  RecordOf,
} from "../../../../agent/dissect/analyzer.ts";
import {
  createDissector,
  DEFAULT_SETTINGS,
  type Dissector,
  type DissectorSettings,
} from "../../../../agent/dissect/dissector.ts";
import type { Network, Packet } from "../../../craft/craft.ts";

const LINKTYPE_ETHERNET = 1;

export interface Dissected {
  readonly records: readonly AnyRecord[];
  readonly dissector: Dissector;
  of<K extends Kind>(kind: K): RecordOf<K>[];
}

/** Tells a story to a dissector, from the first packet to the end of the input. */
export function dissect(
  story: Network | Iterable<Packet>,
  protocols: readonly Protocol[] = [],
  settings: Partial<DissectorSettings> = {},
): Dissected {
  const records: AnyRecord[] = [];
  const dissector = createDissector({
    emit: (record) => records.push(record),
    settings: { ...DEFAULT_SETTINGS, ...settings },
    protocols,
  });
  for (const packet of "packets" in story ? story.packets() : story) feed(dissector, packet);
  dissector.finish();
  return { records, dissector, of: (kind) => records.filter((record) => record.kind === kind) as never[] };
}

/** Gives one crafted Ethernet packet to a dissector. */
export function feed(dissector: Dissector, { data, length, seconds, nanoseconds }: Packet): void {
  dissector.frame(data, 0, data.length, length, seconds + nanoseconds / 1e9, LINKTYPE_ETHERNET);
}

/** The only `conn` record of a story. */
export function onlyConnection(story: Network, settings: Partial<DissectorSettings> = {}): RecordOf<"conn"> {
  const connections = dissect(story, [], settings).of("conn");
  if (connections.length !== 1) throw new Error(`${connections.length} conn records instead of one`);
  return connections[0]!;
}

/** A protocol that knows anything and writes down what it is given. */
export interface Listener {
  readonly protocol: Protocol;
  /** Everything of one side as text, gaps as "<gap 1460>". */
  heard(fromOrig: boolean): string;
  /** What happened, in order: "orig 5", "resp gap 100", "orig end", "finish". */
  readonly events: string[];
}

export function listener(
  transport: "tcp" | "udp" = "tcp",
  options: {
    name?: string;
    ports?: readonly number[];
    recognise?: Protocol["recognise"];
    onDeliver?: (flow: Flow, output: Output, text: string, start: number) => boolean | void;
  } = {},
): Listener {
  const events: string[] = [];
  const text: [string, string] = ["", ""];
  const decoder = new TextDecoder("latin1");
  const analyze = (flow: Flow, output: Output): Analyzer => ({
    deliver(fromOrig, bytes, start, end) {
      const piece = decoder.decode(bytes.subarray(start, end));
      text[fromOrig ? 0 : 1] += piece;
      events.push(`${fromOrig ? "orig" : "resp"} ${end - start}`);
      return options.onDeliver?.(flow, output, piece, start) ?? true;
    },
    gap(fromOrig, length) {
      text[fromOrig ? 0 : 1] += `<gap ${length}>`;
      events.push(`${fromOrig ? "orig" : "resp"} gap ${length}`);
      return true;
    },
    endOfSide: (fromOrig) => void events.push(`${fromOrig ? "orig" : "resp"} end`),
    finish: () => void events.push("finish"),
  });
  return {
    protocol: {
      name: options.name ?? "anything",
      transport,
      ports: options.ports ?? [],
      recognise: options.recognise ?? (() => "yes"),
      analyze,
    },
    heard: (fromOrig) => text[fromOrig ? 0 : 1],
    events,
  };
}
