// alerts.json: evidence and alerts as IDMEFv2 2.0.3 messages, one JSON object a line. The fields and their limits are
// those of the published JSON schema of revision 2.0.3 (draft-lehmann-idmefv2); what has no field there stands in `Note`.

import type { Alert, Evidence, Party } from "../evidence/evidence.ts";
import { messageId } from "../evidence/identity.ts";
import { confidenceWord } from "../evidence/levels.ts";
import { isAddress } from "../record/address.ts";
import { STAGE_NAMES } from "../evidence/stages.ts";
import { firstStep, stagesText } from "./alert-text.ts";
import { evidenceSentence } from "./alerts-log.ts";
import { isoTime, jsonText, plainText } from "./text.ts";

/** A source or target. */
interface Endpoint {
  IP?: string;
  Hostname?: string;
  Protocol?: string[];
  Port?: number[];
  Attachment?: string[];
  /** JSON text. */
  Note?: string;
}

/** An IDMEFv2 message, as far as we fill it in. */
export interface IdmefMessage {
  Version: "2.0.3";
  ID: string;
  Status: "Event" | "Incident";
  Severity?: "Info" | "Low" | "Medium" | "High";
  StartTime: string;
  CreateTime: string;
  Confidence?: number;
  Description?: string;
  Analyzer: {
    IP: string;
    Name: string;
    Model: string;
    Category: string[];
    Data: string[];
    Method: string[];
  };
  Source: Endpoint[];
  Target?: Endpoint[];
  Attachment?: { Name: string; Hash: string[] }[];
  RelID?: string[];
  CorrelID?: string[];
  PredID?: string[];
  /** JSON text. */
  Note: string;
}

/** What a message says beyond its evidence or alert. */
export interface IdmefContext {
  /** Version of this program. */
  version: string;
  /** Stream time at which the evidence was raised or the alert completed, Unix seconds. */
  clock: number;
}

/** Record ids listed in a note; scans have thousands, which would make the log unreadable. */
const UIDS_IN_NOTE = 100;

/** IDMEFv2 knows no severity above High. */
const SEVERITIES = { info: "Info", low: "Low", medium: "Medium", high: "High", critical: "High" } as const;

/**
 * The Event of one piece of evidence; `score` is the accumulated threat level after it, undefined for what is whitelisted. Evidence that is told again is a
 * message of its own, which names the one before it as its predecessor.
 */
export function idmefEvent(evidence: Evidence, score: number | undefined, context: IdmefContext): IdmefMessage {
  const { attacker, victim } = evidence;
  const source = endpoint(attacker, evidence);
  const protocol = protocolName(evidence.proto);
  if (protocol !== undefined) source.Protocol = [protocol];
  const target = victim === undefined ? undefined : endpoint(victim, evidence);
  const hash = attacker.kind === "md5" && HASH.test(attacker.value) ? attacker.value : undefined;
  const told = new Set([attacker, victim].map((party) => party?.direction));
  return {
    Version: "2.0.3",
    ID: messageId(evidence.id, evidence.count),
    Status: "Event",
    Severity: SEVERITIES[evidence.threat],
    StartTime: isoTime(evidence.since),
    CreateTime: isoTime(context.clock),
    Confidence: evidence.confidence,
    Description: evidenceSentence(evidence),
    Analyzer: analyzer(evidence.method, context.version),
    Source: [source],
    ...target === undefined ? {} : { Target: [target] },
    ...hash === undefined ? {} : { Attachment: [{ Name: `md5${hash}`, Hash: [`md5:${hash}`] }] },
    ...evidence.related.length === 0 ? {} : { RelID: [...evidence.related] },
    ...evidence.count_before === 0 ? {} : { PredID: [messageId(evidence.id, evidence.count_before)] },
    Note: jsonText({
      type: evidence.type,
      ...evidence.count === 1
        ? {}
        : { count: evidence.count, last: isoTime(evidence.timestamp), victims: evidence.victims },
      uids: evidence.uids.slice(0, UIDS_IN_NOTE).map(plainText),
      ...evidence.uids.length > UIDS_IN_NOTE ? { uids_omitted: evidence.uids.length - UIDS_IN_NOTE } : {},
      accumulated_threat_level: score,
      threat_level: evidence.threat,
      confidence: confidenceWord(evidence.confidence),
      timewindow: evidence.window,
      // Ports that no source or target above can carry: there is none for that end, or the port is 0.
      ...evidence.context === undefined ? {} : { context: evidence.context },
      ...evidence.whitelisted === undefined ? {} : { whitelisted: evidence.whitelisted },
      ...told.has("src") && evidence.src_port !== 0 ? {} : { src_port: evidence.src_port },
      ...told.has("dst") && evidence.dst_port !== 0 ? {} : { dst_port: evidence.dst_port },
    }),
  };
}

/** The Incident of one alert. */
export function idmefIncident(alert: Alert, context: IdmefContext): IdmefMessage {
  return {
    Version: "2.0.3",
    ID: alert.id,
    Status: "Incident",
    Severity: "High",
    StartTime: isoTime(alert.stages[0]?.first ?? alert.window_start),
    CreateTime: isoTime(context.clock),
    Confidence: alert.confidence,
    Description: `${stagesText(alert)} What to do first: ${firstStep(alert)}.`.trimStart(),
    Analyzer: analyzer("Heuristic", context.version),
    Source: [host(alert.profile, alert.hostname)],
    CorrelID: [...alert.evidence],
    ...alert.updates === undefined ? {} : { PredID: [alert.updates] },
    Note: jsonText({
      accumulated_threat_level: alert.score,
      threshold: alert.threshold,
      confidence: alert.confidence,
      timewindow: alert.window,
      StartTime: isoTime(alert.window_start),
      ...alert.window_end === Infinity ? {} : { EndTime: isoTime(alert.window_end) },
      ordinal: alert.ordinal,
      stages: alert.stages.map(({ stage, first, last, findings }) => ({
        stage,
        tactics: STAGE_NAMES[stage].tactics,
        first: isoTime(first),
        last: isoTime(last),
        findings: findings.map(({ type, technique, count, total }) => ({ type, technique, count, weight: total })),
      })),
      ...alert.evidence_omitted === 0 ? {} : { evidence_omitted: alert.evidence_omitted },
    }),
  };
}

/** A message as one line, without line end. */
export function idmefLine(message: IdmefMessage): string {
  return jsonText(message);
}

function analyzer(method: string, version: string): IdmefMessage["Analyzer"] {
  return {
    // The host that analyses a capture has no part in its traffic.
    IP: "0.0.0.0",
    Name: "smartshield",
    Model: version,
    Category: ["NIDS"],
    Data: ["Flow", "Network"],
    Method: [method],
  };
}

const HASH = /^(?:[0-9a-fA-F]{2})+$/;

function endpoint(party: Party, evidence: Evidence): Endpoint {
  const end = named(party, evidence);
  const port = party.direction === "src" ? evidence.src_port : evidence.dst_port;
  // The schema excludes port 0.
  if (port !== undefined && port > 0) end.Port = [port];
  return end;
}

function named(party: Party, evidence: Evidence): Endpoint {
  const { kind, value } = party;
  switch (kind) {
    case "ip":
      return host(value, value === evidence.profile ? evidence.hostname : undefined);
    case "domain":
      return { Hostname: plainText(value) };
    case "url": {
      const { hostname } = URL.parse(value) ?? { hostname: "" };
      const address = hostname.replace(/^\[|\]$/g, "");
      return { ...address === "" ? {} : host(address, undefined), Note: jsonText({ url: plainText(value) }) };
    }
    case "md5":
      return HASH.test(value) ? { Attachment: [`md5${value}`] } : { Note: jsonText({ md5: plainText(value) }) };
  }
}

function host(address: string, hostname: string | undefined): Endpoint {
  if (!isAddress(address)) return { Hostname: plainText(address) };
  return hostname === undefined ? { IP: address } : { IP: address, Hostname: plainText(hostname) };
}

/** A protocol's name as IDMEFv2 wants it: letters, digits and single hyphens within. */
function protocolName(proto: string | undefined): string | undefined {
  const name = (proto ?? "").toUpperCase().split(/[^A-Z0-9]+/).filter((part) => part !== "").join("-");
  return name === "" ? undefined : name;
}
