/** Names of TCP and UDP ports: IANA's, with our supplement over them. */

import registered from "../../../config/tables/services.tsv" with { type: "text" };
import supplement from "../../../config/tables/services-supplement.tsv" with { type: "text" };
import { portKey, portKeys, tableRows } from "./tsv.ts";

const names = new Map<number, string>();
for (const [port, protocol, name] of tableRows("services.tsv", registered, 3)) {
  for (const key of portKeys("services.tsv", port!, protocol!)) names.set(key, name!);
}
for (const [ports, protocols, name] of tableRows("services-supplement.tsv", supplement, 4)) {
  for (const key of portKeys("services-supplement.tsv", ports!, protocols!)) names.set(key, name!);
}

/** Name of the service usually found at a port ("http" for 80, "tcp"); undefined when none is, or for another protocol. */
export function serviceName(port: number, protocol: string): string | undefined {
  return names.get(portKey(port, protocol));
}

/** Whether anything usual is found at a port, so that traffic to it is not strange by itself. */
export function isKnownPort(port: number, protocol: string): boolean {
  return names.has(portKey(port, protocol));
}
