// Ports by the names that programs write for them when nobody tells them not to: "http" for 80 (IANA's registry).

import registered from "../../config/tables/services.tsv" with { type: "text" };
import supplement from "../../config/tables/services-supplement.tsv" with { type: "text" };

/** Names of /etc/services that are other names of a service in the tables, or that systems have and IANA has otherwise. */
const OTHER_NAMES: Readonly<Record<string, number>> = {
  www: 80,
  "www-http": 80,
  bootps: 67,
  bootpc: 68,
  nameserver: 53,
  mail: 25,
  imap2: 143,
  imap: 143,
  "snmp-trap": 162,
  snmptrap: 162,
  "webcache": 8080,
  "http-alt": 8080,
  "microsoft-ds": 445,
  "netbios-ns": 137,
  "netbios-dgm": 138,
  "netbios-ssn": 139,
  "ms-wbt-server": 3389,
  "ms-sql-s": 1433,
  "ms-sql-m": 1434,
  llmnr: 5355,
  ssdp: 1900,
};

const ports = new Map<string, number>(Object.entries(OTHER_NAMES));
for (const line of `${registered}\n${supplement}`.split("\n")) {
  const [port = "", , name] = line.split("\t");
  // The first port of a name is the service's own.
  if (name !== undefined && /^\d+$/.test(port) && !ports.has(name)) ports.set(name, Number(port));
}

/** The port that a service's name stands for; undefined when the name is not known. */
export function portOfService(name: string): number | undefined {
  return ports.get(name.toLowerCase());
}
