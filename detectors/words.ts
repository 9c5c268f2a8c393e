// Phrases that several detectors use in their sentences.

/** " on destination port 80/tcp", " by ICMP", or nothing where there is no port: to follow the name of a host. */
export function towards(port: number, proto: string): string {
  if (proto.includes("icmp")) return " by ICMP";
  return port === 0 ? "" : ` on destination port ${port}/${proto}`;
}
