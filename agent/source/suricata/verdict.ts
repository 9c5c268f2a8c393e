// Suricata's own findings: alerts of its rules as notices, anomalies of its decoders as oddities.

import type { RecordOf } from "../../record/schema.ts";
import { connectionOf, countOf, type Event, textOf } from "./event.ts";

/** The `note` of an alert's record, by which it is told from Zeek's notices. */
export const ALERT_NOTE = "Suricata::Alert";

/**
 * An `alert` event. `msg` is the signature, `sub` "1:2403388:66418 Misc Attack" (generator, signature, revision and
 * category), `n` the severity, 1 (highest) to 4 or 255 (none), `src` and `dst` are the ends of the packet that matched,
 * `actions` what Suricata did: "allowed" or "blocked".
 */
export function noticeOfAlert(event: Event): RecordOf<"notice"> {
  const { part } = event;
  const id = ["gid", "signature_id", "rev"].map((name) => countOf(part[name]) ?? 0).join(":");
  const action = textOf(event, part["action"]);
  return {
    kind: "notice",
    ...connectionOf(event),
    proto: event.proto,
    note: ALERT_NOTE,
    msg: textOf(event, part["signature"]) ?? "",
    sub: `${id} ${textOf(event, part["category"]) ?? ""}`.trimEnd(),
    src: event.srcIp,
    dst: event.destIp,
    p: event.destPort,
    n: countOf(part["severity"]),
    actions: action === undefined ? undefined : [action],
  };
}

/** An `anomaly` event. */
export function weirdOfAnomaly(event: Event): RecordOf<"weird"> {
  const { part } = event;
  return {
    kind: "weird",
    ...connectionOf(event),
    name: textOf(event, part["event"]) ?? `code_${countOf(part["code"]) ?? 0}`,
    addl: textOf(event, part["layer"]) ?? textOf(event, part["app_proto"]),
    notice: false,
    source: textOf(event, part["type"]),
  };
}
