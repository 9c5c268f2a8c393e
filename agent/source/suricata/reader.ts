// Reads Suricata's eve.json: one event a line, each a record of the kind that Zeek would have written.

import { createJsonLines, type JsonObject } from "../json-lines.ts";
import type { AnyRecord } from "../../record/schema.ts";
import { countIgnored, type InputCounters, type RecordHandler, type RecordReader } from "../record-reader.ts";
import type { Warnings } from "../warnings.ts";
import { createDnsEvents } from "./dns.ts";
import { type Event, eventOf } from "./event.ts";
import { connectionOfFlow } from "./flow.ts";
import { createNetflowEvents } from "./netflow.ts";
import { arpOf, createDhcpEvents, createFtpEvents, isQuicAnswer, quicOf } from "./network.ts";
import { noticeOfAlert, weirdOfAnomaly } from "./verdict.ts";
import { fileOf, httpOf, smtpOf, sshOf, sslOf, x509Of } from "./web.ts";

/**
 * What becomes of an event of each type that stands for itself. DNS, DHCP, FTP and netflow are put together from several;
 * other types (stats, drop, …) are ignored and counted.
 */
const RECORDS: Readonly<Record<string, (event: Event) => AnyRecord>> = {
  flow: connectionOfFlow,
  http: httpOf,
  tls: sslOf,
  fileinfo: fileOf,
  ssh: sshOf,
  smtp: smtpOf,
  alert: noticeOfAlert,
  anomaly: weirdOfAnomaly,
  arp: arpOf,
  quic: quicOf,
};

/** Events that may be about a packet of which Suricata could not even read the addresses. */
const ADDRESSLESS: ReadonlySet<string> = new Set(["anomaly", "alert"]);

/** What the readers of all files of an input have to know of each other. Plain data. */
export interface SuricataInput {
  /** Flows are told, so netflow, which tells of the same, is left alone. */
  hasFlows: boolean;
}

/** Nothing told yet. */
export function createSuricataInput(): SuricataInput {
  return { hasFlows: false };
}

/** A reader for one file; `file` is what warnings call it. */
export function createSuricataReader(
  file: string,
  onRecord: RecordHandler,
  counters: InputCounters,
  warnings: Warnings,
  told: SuricataInput = createSuricataInput(),
): RecordReader {
  function emit(record: AnyRecord, writtenAt: number): void {
    counters.records++;
    onRecord(record, Math.max(record.ts, writtenAt));
  }

  const dns = createDnsEvents(emit);
  const netflow = createNetflowEvents(emit);
  const records = { ...RECORDS, dhcp: createDhcpEvents(), ftp: createFtpEvents() };

  function take(object: JsonObject, escaped: boolean): string | undefined {
    const type = object["event_type"];
    if (typeof type !== "string") return "is no event of Suricata (no event_type)";
    if (
      (type === "netflow" && told.hasFlows) || (type !== "dns" && type !== "netflow" && !Object.hasOwn(records, type))
    ) {
      countIgnored(counters, type);
      return undefined;
    }
    if (!("src_ip" in object) && !("dest_ip" in object) && ADDRESSLESS.has(type)) {
      countIgnored(counters, `${type} without addresses`);
      return undefined;
    }
    const event = eventOf(object, type, escaped);
    if (typeof event === "string") return event;
    if (type === "quic" && isQuicAnswer(event)) {
      countIgnored(counters, "quic answer");
      return undefined;
    }
    dns.tick(event.seen);
    netflow.tick();
    if (type === "dns") return dns.take(event);
    if (type === "netflow") {
      netflow.take(event);
      return undefined;
    }
    if (type === "flow") told.hasFlows = true;
    if (type === "tls") {
      const certificate = x509Of(event);
      if (certificate !== undefined) emit(certificate, event.seen);
    }
    emit(records[type as keyof typeof records]!(event), event.seen);
    return undefined;
  }

  const lines = createJsonLines(file, take, counters, warnings);
  return {
    push: lines.push,
    end(unfinished) {
      lines.end(unfinished);
      dns.end();
      netflow.end();
    },
  };
}
