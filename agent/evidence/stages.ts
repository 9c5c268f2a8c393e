// What each type of evidence stands for: the stage of an attack that it belongs to, its ATT&CK technique, and how telling it
// is. One table; docs/decisions.md explains how the scorer uses it.

import type { EvidenceType, ThreatLevel } from "./evidence.ts";

/** The stages of an attack that network traffic shows, in their usual order: ATT&CK tactics, a few of them joined. */
export const STAGES = ["reconnaissance", "access", "command_and_control", "exfiltration"] as const;

export type Stage = typeof STAGES[number];

/** What a stage is called in a sentence, and the ATT&CK tactics (https://attack.mitre.org) that it stands for. */
export const STAGE_NAMES: Readonly<Record<Stage, { readonly name: string; readonly tactics: readonly string[] }>> = {
  // Reconnaissance, Discovery.
  reconnaissance: { name: "reconnaissance", tactics: ["TA0043", "TA0007"] },
  // Initial Access, Credential Access, Lateral Movement.
  access: { name: "access", tactics: ["TA0001", "TA0006", "TA0008"] },
  // Command and Control, and what prepares it: Resource Development, Execution, Defense Evasion.
  command_and_control: { name: "command and control", tactics: ["TA0011", "TA0042", "TA0002", "TA0005"] },
  // Exfiltration, Collection.
  exfiltration: { name: "exfiltration", tactics: ["TA0010", "TA0009"] },
};

/**
 * How much a finding says about an attack, in quarters of its threat level:
 * - context: told, and listed with an alert, but worth nothing, as every host does it all day;
 * - ordinary: innocent hosts do it every day, and attackers too;
 * - unusual: innocent hosts do it now and then;
 * - groping: as unusual, but it may belong to more than one stage: it adds to the others and is no stage of its own;
 * - telling: innocent hosts hardly ever do it;
 * - conclusive: as telling, and one finding of level high or critical of which the detector is sure is enough.
 */
export const TELLING = { context: 0, ordinary: 1, unusual: 2, groping: 2, telling: 8, conclusive: 8 } as const;

export type Telling = keyof typeof TELLING;

export interface Meaning {
  readonly stage: Stage;
  /** ATT&CK technique id. */
  readonly technique: string;
  readonly telling: Telling;
  /** Another one at some levels, where the level says what happened. */
  readonly atLevel?: Readonly<Partial<Record<ThreatLevel, Telling>>>;
  /** Taken for the confidence where the detector's own is less: it says how large the thing is, not whether it happened. */
  readonly confidence?: number;
}

const RECONNAISSANCE = "reconnaissance";
const ACCESS = "access";
const CONTROL = "command_and_control";
const EXFILTRATION = "exfiltration";

/** Every type of evidence. */
export const MEANINGS: Readonly<Record<EvidenceType, Meaning>> = {
  arp_scan: { stage: RECONNAISSANCE, technique: "T1018", telling: "unusual" },
  arp_outside_local_network: { stage: RECONNAISSANCE, technique: "T1018", telling: "ordinary" },
  unsolicited_arp: { stage: ACCESS, technique: "T1557.002", telling: "ordinary" },
  mitm_arp_attack: { stage: ACCESS, technique: "T1557.002", telling: "telling" },
  young_domain: { stage: CONTROL, technique: "T1583.001", telling: "ordinary" },
  multiple_ssh_versions: { stage: ACCESS, technique: "T1021.004", telling: "unusual" },
  different_local_network: { stage: RECONNAISSANCE, technique: "T1599", telling: "ordinary" },
  device_changing_ip: { stage: ACCESS, technique: "T1557.002", telling: "ordinary" },
  non_http_port_80_connection: { stage: CONTROL, technique: "T1571", telling: "ordinary" },
  non_ssl_port_443_connection: { stage: CONTROL, technique: "T1571", telling: "ordinary" },
  weird_http_method: { stage: ACCESS, technique: "T1190", telling: "unusual" },
  incompatible_cn: { stage: CONTROL, technique: "T1036.005", telling: "unusual" },
  cn_url_mismatch: { stage: CONTROL, technique: "T1587.003", telling: "ordinary" },
  dga_nxdomains: { stage: CONTROL, technique: "T1568.002", telling: "telling" },
  dns_without_connection: { stage: CONTROL, technique: "T1071.004", telling: "context" },
  pastebin_download: { stage: CONTROL, technique: "T1102", telling: "context" },
  connection_without_dns: { stage: CONTROL, technique: "T1071", telling: "context" },
  dns_arpa_scan: { stage: RECONNAISSANCE, technique: "T1018", telling: "unusual" },
  // A private program's server answers all day; who knocks in vain looks for a master that is gone, or for a way in.
  unknown_port: { stage: CONTROL, technique: "T1571", telling: "ordinary", atLevel: { medium: "groping" } },
  password_guessing: { stage: ACCESS, technique: "T1110.001", telling: "telling" },
  horizontal_port_scan: { stage: RECONNAISSANCE, technique: "T1046", telling: "conclusive" },
  connection_to_private_ip: { stage: ACCESS, technique: "T1021", telling: "context" },
  gre_tunnel: { stage: CONTROL, technique: "T1572", telling: "ordinary" },
  gre_scan: { stage: RECONNAISSANCE, technique: "T1046", telling: "ordinary" },
  vertical_port_scan: { stage: RECONNAISSANCE, technique: "T1046", telling: "conclusive" },
  ssh_successful: { stage: ACCESS, technique: "T1021.004", telling: "context" },
  long_connection: { stage: CONTROL, technique: "T1571", telling: "ordinary" },
  self_signed_certificate: { stage: CONTROL, technique: "T1573.002", telling: "ordinary" },
  multiple_reconnection_attempts: { stage: CONTROL, technique: "T1008", telling: "ordinary" },
  connection_to_multiple_ports: { stage: CONTROL, technique: "T1571", telling: "context" },
  high_entropy_dns_answer: { stage: CONTROL, technique: "T1071.004", telling: "ordinary" },
  invalid_dns_resolution: { stage: CONTROL, technique: "T1071.004", telling: "context" },
  port_0_connection: { stage: RECONNAISSANCE, technique: "T1046", telling: "unusual" },
  malicious_ja3: { stage: CONTROL, technique: "T1573.002", telling: "unusual" },
  malicious_ja3s: { stage: CONTROL, technique: "T1573.002", telling: "unusual" },
  // Informational on the sender's side: it counts in company only.
  data_upload: { stage: EXFILTRATION, technique: "T1048", telling: "telling" },
  bad_smtp_login: { stage: ACCESS, technique: "T1110", telling: "ordinary" },
  smtp_login_bruteforce: { stage: ACCESS, technique: "T1110.001", telling: "telling" },
  malicious_ssl_cert: { stage: CONTROL, technique: "T1573.002", telling: "conclusive" },
  malicious_flow: { stage: CONTROL, technique: "T1071", telling: "unusual" },
  suspicious_user_agent: { stage: CONTROL, technique: "T1071.001", telling: "telling" },
  empty_connections: { stage: CONTROL, technique: "T1071.001", telling: "unusual" },
  incompatible_user_agent: { stage: CONTROL, technique: "T1036.005", telling: "ordinary" },
  executable_mime_type: { stage: CONTROL, technique: "T1105", telling: "ordinary" },
  multiple_user_agent: { stage: CONTROL, technique: "T1071.001", telling: "context" },
  http_traffic: { stage: CONTROL, technique: "T1071.001", telling: "context" },
  malicious_jarm: { stage: CONTROL, technique: "T1573.002", telling: "unusual" },
  network_gps_location_leaked: { stage: EXFILTRATION, technique: "T1430", telling: "ordinary" },
  // Their confidence tells how much of a network was asked.
  icmp_timestamp_scan: { stage: RECONNAISSANCE, technique: "T1018", telling: "telling", confidence: 0.25 },
  icmp_address_scan: { stage: RECONNAISSANCE, technique: "T1018", telling: "telling", confidence: 0.25 },
  icmp_address_mask_scan: { stage: RECONNAISSANCE, technique: "T1018", telling: "telling", confidence: 0.25 },
  dhcp_scan: { stage: RECONNAISSANCE, technique: "T1016", telling: "telling" },
  malicious_ip_from_p2p_network: { stage: CONTROL, technique: "T1071", telling: "unusual" },
  p2p_report: { stage: CONTROL, technique: "T1071", telling: "unusual" },
  command_and_control_channel: { stage: CONTROL, technique: "T1071", telling: "conclusive" },
  threat_intelligence_blacklisted_asn: { stage: CONTROL, technique: "T1071", telling: "ordinary" },
  threat_intelligence_from_blacklisted_ip: { stage: RECONNAISSANCE, technique: "T1595", telling: "unusual" },
  threat_intelligence_to_blacklisted_ip: { stage: CONTROL, technique: "T1071", telling: "conclusive" },
  threat_intelligence_blacklisted_dns_answer: { stage: CONTROL, technique: "T1071.004", telling: "telling" },
  threat_intelligence_blacklisted_domain: { stage: CONTROL, technique: "T1071.001", telling: "conclusive" },
  threat_intelligence_answer_of_blacklisted_query: { stage: CONTROL, technique: "T1071.004", telling: "telling" },
  malicious_downloaded_file: { stage: CONTROL, technique: "T1105", telling: "conclusive" },
  threat_intelligence_malicious_url: { stage: CONTROL, technique: "T1105", telling: "conclusive" },
  login: { stage: ACCESS, technique: "T1021", telling: "context" },
  tor_exit_node: { stage: CONTROL, technique: "T1090.003", telling: "context" },
  malicious_ja4: { stage: CONTROL, technique: "T1573.002", telling: "unusual" },
  sensitive_data_leaked: { stage: EXFILTRATION, technique: "T1552", telling: "unusual" },
  ids_alert: { stage: ACCESS, technique: "T1190", telling: "unusual" },
};
