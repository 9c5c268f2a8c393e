// Reads Suricata's eve.json: one event a line, each a record of the kind that Zeek would have written.

import { createJsonLines, type JsonObject } from "../json-lines.ts";
import type { AnyRecord } from "../../record/schema.ts";
import { countIgnored, type InputCounters, type RecordHandler, type RecordReader } from "../record-reader.ts";
import type { Warnings } from "../warnings.ts";
import { createDnsEvents } from "./dns.ts";
import { type Event, eventOf } from "./event.ts";
import { connectionOfFlow } from "./flow.ts";
import { noticeOfAlert, weirdOfAnomaly } from "./verdict.ts";
import { fileOf, httpOf, smtpOf, sshOf, sslOf, x509Of } from "./web.ts";

/** What becomes of an event of each type; DNS is put together first. Other types (stats, netflow, …) are ignored. */
const RECORDS: Readonly<Record<string, (event: Event) => AnyRecord>> = {
  flow: connectionOfFlow,
  http: httpOf,
  tls: sslOf,
  fileinfo: fileOf,
  ssh: sshOf,
  smtp: smtpOf,
  alert: noticeOfAlert,
  anomaly: weirdOfAnomaly,
};

/** A reader for one file; `file` is what warnings call it. */
export function createSuricataReader(
  file: string,
  onRecord: RecordHandler,
  counters: InputCounters,
  warnings: Warnings,
): RecordReader {
  function emit(record: AnyRecord, writtenAt: number): void {
    counters.records++;
    onRecord(record, Math.max(record.ts, writtenAt));
  }

  const dns = createDnsEvents(emit);

  function take(object: JsonObject, escaped: boolean): string | undefined {
    const type = object["event_type"];
    if (typeof type !== "string") return "is no event of Suricata (no event_type)";
    if (type !== "dns" && !Object.hasOwn(RECORDS, type)) {
      countIgnored(counters, type);
      return undefined;
    }
    const event = eventOf(object, type, escaped);
    if (typeof event === "string") return event;
    dns.tick(event.seen);
    if (type === "dns") return dns.take(event);
    if (type === "tls") {
      const certificate = x509Of(event);
      if (certificate !== undefined) emit(certificate, event.seen);
    }
    emit(RECORDS[type]!(event), event.seen);
    return undefined;
  }

  const lines = createJsonLines(file, take, counters, warnings);
  return {
    push: lines.push,
    end(unfinished) {
      lines.end(unfinished);
      dns.end();
    },
  };
}
