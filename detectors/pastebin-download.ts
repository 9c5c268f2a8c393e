// Text fetched from a paste site: where malware keeps its orders and its second stage, as nobody blocks the site. Over TLS
// only the name and the size can be seen, the size when the connection has ended.

import type { RecordOf } from "../agent/record/schema.ts";
import { type Context, defineDetector } from "./contract.ts";
import { keep } from "./keep.ts";
import { cut, NAME_LENGTH } from "./shown.ts";

/** Encrypted connections to paste sites that have not ended yet, for each profile; the oldest go. Own choice. */
const WAITING = 256;

const BYTES_IN_MB = 1_000_000;

type Names = Map<string, string>;
interface Values {
  bytes: number;
  tls_bytes: number;
  names: readonly string[];
}
type Ours = Context<Values, { waiting: Names | undefined }, undefined>;

export const pastebinDownload = defineDetector({
  name: "pastebin-download",
  summary: "A host fetches text from a paste site, where malware keeps its orders and further parts",
  raises: {
    pastebin_download: {
      meaning: "A host fetched text from a paste site. Developers do; malware keeps its orders and its second stage " +
        "there, because nobody blocks the site and nobody knows the author.",
      threats: ["info"],
      techniques: ["T1102", "T1105", "T1567.003"],
      falsePositives: "People who read a shared log or a piece of code.",
      whatToDo:
        "Ask the user. If the host is a server, or nobody sat at it, look at which program fetched it and what it " +
        "did next.",
    },
  },
  settings: {
    bytes: {
      value: 700,
      unit: "bytes",
      meaning: "over HTTP, answers longer than this are reported",
      minimum: 0,
    },
    tls_bytes: {
      value: 5000,
      unit: "bytes",
      meaning: "over TLS, connections that receive more than this are reported; about 4300 of them are certificates",
      minimum: 0,
    },
    names: {
      value: ["pastebin"],
      unit: "",
      meaning: "paste sites: those whose name contains one of these",
    },
  },
  /** Name by uid. */
  memory: () => ({ waiting: undefined as Names | undefined }),
  on: {
    http(record, context) {
      const { method, response_body_len = 0, resp_h } = record;
      if (method !== "GET" || response_body_len <= context.settings.bytes) return;
      const { network } = context;
      const name = pasteSite([record.host, ...network.resolution(resp_h)?.names ?? []], context);
      if (name !== undefined) tell(record, name, response_body_len, context);
    },
    ssl: awaitSize,
    quic: awaitSize,
    conn(record, context) {
      const { waiting } = context.memory;
      const name = waiting?.get(record.uid);
      if (name === undefined) return;
      waiting!.delete(record.uid);
      const bytes = record.resp_bytes ?? 0;
      if (bytes > context.settings.tls_bytes) tell(record, name, bytes, context);
    },
  },
});

/** Remembers an encrypted connection to a paste site until its size is known. */
function awaitSize(record: RecordOf<"ssl"> | RecordOf<"quic">, context: Ours): void {
  const name = pasteSite([record.server_name], context);
  if (name !== undefined) keep(context.memory.waiting ??= new Map(), record.uid, name, WAITING);
}

function pasteSite(names: readonly (string | undefined)[], { settings }: Ours): string | undefined {
  return names.find((name) =>
    name !== undefined && settings.names.some((part) => name.toLowerCase().includes(part.toLowerCase()))
  );
}

function tell(
  { ts, uid, orig_h, orig_p, resp_h, resp_p }: RecordOf<"http"> | RecordOf<"conn">,
  name: string,
  bytes: number,
  context: Ours,
): void {
  const site = cut(name, NAME_LENGTH);
  context.raise({
    type: "pastebin_download",
    threat: "info",
    confidence: 1,
    attacker: { direction: "src", kind: "ip", value: orig_h },
    victim: { direction: "dst", kind: "domain", value: site },
    timestamp: ts,
    uids: [uid],
    src_port: orig_p,
    dst_port: resp_p,
    description:
      `Pastebin download: ${orig_h} fetched ${Number((bytes / BYTES_IN_MB).toPrecision(2))} MB from ${site} ` +
      `(${resp_h}), where malware keeps orders and further parts`,
    fold: site,
  });
}
