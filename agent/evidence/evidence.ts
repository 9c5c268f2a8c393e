// What a detector says: one finding about the behaviour of one profile in one time window. Plain data.

import type { StageAccount } from "./account.ts";
import type { Stage } from "./stages.ts";

/** The field's 65 kinds of findings, in its order. */
const FIELD_TYPES = [
  "arp_scan",
  "arp_outside_local_network",
  "unsolicited_arp",
  "mitm_arp_attack",
  "young_domain",
  "multiple_ssh_versions",
  "different_local_network",
  "device_changing_ip",
  "non_http_port_80_connection",
  "non_ssl_port_443_connection",
  "weird_http_method",
  "incompatible_cn",
  "cn_url_mismatch",
  "dga_nxdomains",
  "dns_without_connection",
  "pastebin_download",
  "connection_without_dns",
  "dns_arpa_scan",
  "unknown_port",
  "password_guessing",
  "horizontal_port_scan",
  "connection_to_private_ip",
  "gre_tunnel",
  "gre_scan",
  "vertical_port_scan",
  "ssh_successful",
  "long_connection",
  "self_signed_certificate",
  "multiple_reconnection_attempts",
  "connection_to_multiple_ports",
  "high_entropy_dns_answer",
  "invalid_dns_resolution",
  "port_0_connection",
  "malicious_ja3",
  "malicious_ja3s",
  "data_upload",
  "bad_smtp_login",
  "smtp_login_bruteforce",
  "malicious_ssl_cert",
  "malicious_flow",
  "suspicious_user_agent",
  "empty_connections",
  "incompatible_user_agent",
  "executable_mime_type",
  "multiple_user_agent",
  "http_traffic",
  "malicious_jarm",
  "network_gps_location_leaked",
  "icmp_timestamp_scan",
  "icmp_address_scan",
  "icmp_address_mask_scan",
  "dhcp_scan",
  "malicious_ip_from_p2p_network",
  "p2p_report",
  "command_and_control_channel",
  "threat_intelligence_blacklisted_asn",
  "threat_intelligence_from_blacklisted_ip",
  "threat_intelligence_to_blacklisted_ip",
  "threat_intelligence_blacklisted_dns_answer",
  "threat_intelligence_blacklisted_domain",
  "threat_intelligence_answer_of_blacklisted_query",
  "malicious_downloaded_file",
  "threat_intelligence_malicious_url",
  "login",
  "tor_exit_node",
] as const;

/** Our own. */
export const OUR_TYPES = ["malicious_ja4", "sensitive_data_leaked", "ids_alert"] as const;

/** The kinds of findings. A detector raises one or more of them. */
export const EVIDENCE_TYPES = [...FIELD_TYPES, ...OUR_TYPES] as const;

export type EvidenceType = typeof EVIDENCE_TYPES[number];

/** How bad a finding is, and what that is worth in the score (the field's five levels). */
export const THREAT_LEVELS = { info: 0, low: 0.2, medium: 0.5, high: 0.8, critical: 1 } as const;

export type ThreatLevel = keyof typeof THREAT_LEVELS;

/**
 * One end of a finding. `direction` tells which end of the traffic it is: only evidence whose attacker is `src`
 * (the profile's own doing) counts towards an alert; `dst` tells about the other host.
 */
export interface Party {
  direction: "src" | "dst";
  kind: "ip" | "domain" | "url" | "md5";
  value: string;
}

/** How a finding was made: IDMEFv2's method words. */
export type Method = "Heuristic" | "Statistical" | "AI" | "Signature";

/** What a detector passes to `raise`; the engine fills in the rest from the record in hand. */
export interface Finding {
  type: EvidenceType;
  threat: ThreatLevel;
  /** How sure we are, 0..1; clamped. */
  confidence: number;
  attacker: Party;
  victim?: Party | undefined;
  /** IP of the profile that receives it; the profile in hand unless said otherwise. */
  profile?: string;
  /** Traffic time, Unix seconds; the record's `ts` unless said otherwise. Also decides the time window. */
  timestamp?: number;
  /** The records that show it; the record in hand unless said otherwise. */
  uids?: readonly string[];
  proto?: string | undefined;
  src_port?: number | undefined;
  dst_port?: number | undefined;
  method?: Method;
  /** The sentence that a person reads: who did what to whom, how often, why it matters. No full stop, no clock, no threat level. */
  description: string;
  /**
   * What makes a repeat the same finding, such as the port: findings of one detector, type, attacker direction, receiving
   * profile, window and raising profile with the same key are one piece of evidence with a count. The log says how often
   * and since when; the sentence tells the newest. Without a key every finding stands for itself.
   */
  fold?: string;
}

/** One piece of evidence. */
export interface Evidence {
  /** A UUID derived from the content: the same finding has the same id in every run. */
  id: string;
  type: EvidenceType;
  /** Name of the detector that found it. */
  detector: string;
  threat: ThreatLevel;
  confidence: number;
  attacker: Party;
  victim: Party | undefined;
  profile: string;
  /** The name the profile's host gave itself (DHCP), where known. */
  hostname: string | undefined;
  window: number;
  /** Traffic time, Unix seconds; of the newest, when there are several. */
  timestamp: number;
  /** How often it was found. Evidence that is told again has the same id and a higher count. */
  count: number;
  /** The count that was told before; 0 the first time. */
  count_before: number;
  /** Traffic time of the first, Unix seconds. */
  since: number;
  /** How many different victims there were, as far as they were told apart (`VICTIMS_COUNTED`). */
  victims: number;
  /** With a count: the repeats are of the same kind but not the very same, as there were too many to keep apart. */
  mixed: boolean;
  uids: readonly string[];
  proto: string | undefined;
  src_port: number | undefined;
  dst_port: number | undefined;
  method: Method;
  description: string;
  /** Ids of the findings raised together with this one (the same finding, told on the other end's profile). */
  related: readonly string[];
  /** What is known of the hosts at both ends; for people and for other programs, nothing is decided by it. */
  context?: { readonly attacker?: HostContext; readonly victim?: HostContext };
  /** Set when the user's whitelist covers it: it is kept and not scored. */
  whitelisted?: WhitelistMark;
}

/** What is known of a host. */
export interface HostContext {
  /** The name that it gave itself (DHCP). */
  readonly hostname?: string;
  /** Names that it goes by in DNS answers, TLS and HTTP; the newest last. */
  readonly names?: readonly string[];
  /** What whoever runs the address calls it. */
  readonly reverse_dns?: string;
  /** Services that call it malicious, and why. */
  readonly lists?: readonly string[];
  /** The autonomous system that announces its address, and who runs that. */
  readonly asn?: number;
  readonly as_organisation?: string;
  /** ISO 3166-1, two letters. */
  readonly country?: string;
  /** One of the organisations that nearly every network talks to. */
  readonly organisation?: string;
  readonly mac?: string;
  /** Who made the interface with this MAC. */
  readonly vendor?: string;
}

/** Which entry of a whitelist covers evidence, and why. */
export interface WhitelistMark {
  /** The entry in words, with its file and line. */
  readonly entry: string;
  /** The end that it speaks of. */
  readonly party: "attacker" | "victim";
  /** What of that end matched: "name www.example.com". */
  readonly because: string;
}

/** Victims of one finding that are told apart; with so many the number means "at least". Own choice. */
export const VICTIMS_COUNTED = 64;

/** A repeat of evidence, for scorers that count each of them: no text, as there may be thousands. */
export interface Repeat {
  /** The evidence that came again. */
  id: string;
  type: EvidenceType;
  profile: string;
  window: number;
  /** How often it was found by now. */
  count: number;
  /** Of this one. */
  timestamp: number;
  threat: ThreatLevel;
  confidence: number;
}

/** Enough evidence on one profile in one time window. */
export interface Alert {
  /** A UUID derived from the profile, the window and the evidence. */
  id: string;
  /** The id of the alert that this one brings up to date: the same trouble, further on. */
  updates: string | undefined;
  profile: string;
  hostname: string | undefined;
  window: number;
  /** Unix seconds. */
  window_start: number;
  window_end: number;
  /** Traffic time of the evidence that completed it, Unix seconds. */
  timestamp: number;
  /** What crossed the threshold, and that threshold, in the scorer's own measure: points, or (reference) threat levels. */
  score: number;
  threshold: number;
  /** 0..1. */
  confidence: number;
  /** Stages that the alert before this one did not have. */
  new_stages: readonly Stage[];
  /** The stages of the attack in the order in which they began, with the findings that decided. */
  stages: readonly StageAccount[];
  /** What was found since the alert before this one. */
  evidence: readonly string[];
  /** Evidence of this alert beyond `evidence`'s bound, counted. */
  evidence_omitted: number;
  /** 1 for the first alert of this profile in this window, 2 for the second or for the first update, … */
  ordinal: number;
}
