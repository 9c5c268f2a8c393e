// Suricata's own findings: alerts of its rules as notices, anomalies of its decoders as oddities.

import type { RecordOf } from "../../record/schema.ts";
import { IDS_ALERT_NOTE, idsRuleText } from "../../record/ids-alert.ts";
import { addressOf } from "../numbers.ts";
import { connectionOf, countOf, type Event, partOf, textOf, textsOf } from "./event.ts";

/**
 * An `alert` event. `msg` is the signature, `sub` the rule (ids-alert.ts), `n` the severity, 1 (highest) to 4 or 255 (none),
 * `src` and `dst` are who attacks and who is attacked, `actions` what Suricata did: "allowed" or "blocked". The connection's
 * ends are those of the packet that matched.
 */
export function noticeOfAlert(event: Event): RecordOf<"notice"> {
  const { part } = event;
  const metadata = partOf(part, "metadata");
  const action = textOf(event, part["action"]);
  const { attacker, attacked } = sidesOf(event);
  return {
    kind: "notice",
    ...connectionOf(event),
    proto: event.proto,
    note: IDS_ALERT_NOTE,
    msg: textOf(event, part["signature"]) ?? "",
    sub: idsRuleText({
      id: ["gid", "signature_id", "rev"].map((name) => countOf(part[name]) ?? 0).join(":"),
      category: textOf(event, part["category"]) ?? "",
      confidence: textsOf(event, metadata["confidence"])?.[0] ?? "",
      techniques: textsOf(event, metadata["mitre_technique_id"]) ?? [],
    }),
    src: attacker,
    dst: attacked,
    p: event.destPort,
    n: countOf(part["severity"]),
    actions: action === undefined ? undefined : [action],
  };
}

/**
 * Who attacks whom: as the rule says by its keyword `target`; else as its metadata say (`attack_target`), where it can be
 * told who is the client; else the sender of the packet that matched attacks its receiver.
 */
function sidesOf(event: Event): { attacker: string; attacked: string } {
  const { srcIp, destIp, part } = event;
  const forth = { attacker: srcIp, attacked: destIp };
  const back = { attacker: destIp, attacked: srcIp };
  const target = partOf(part, "target")["ip"];
  if (typeof target === "string") {
    const ip = addressOf(target);
    if (ip === srcIp) return back;
    if (ip === destIp) return forth;
  }
  const meant = textsOf(event, partOf(part, "metadata")["attack_target"]) ?? [];
  const isClient = meant.length === 1 && /^client/i.test(meant[0]!);
  const isServer = meant.length === 1 && /server/i.test(meant[0]!);
  const isFromClient = senderIsClient(event);
  if (isClient === isServer || isFromClient === undefined) return forth;
  return isClient === isFromClient ? back : forth;
}

/** Whether the client of the flow sent the packet; undefined when the event does not say. */
function senderIsClient({ object, srcIp, destIp }: Event): boolean | undefined {
  if (object["direction"] === "to_server") return true;
  if (object["direction"] === "to_client") return false;
  const opener = partOf(object, "flow")["src_ip"];
  const ip = typeof opener === "string" ? addressOf(opener) : undefined;
  return ip === srcIp ? true : ip === destIp ? false : undefined;
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
