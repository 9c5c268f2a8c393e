// Phrases that several detectors use in their sentences, and keys under which they fold their findings.

/** " on destination port 80/tcp", " by ICMP", or nothing where there is no port: to follow the name of a host. */
export function towards(port: number, proto: string): string {
  if (proto.includes("icmp")) return " by ICMP";
  return port === 0 ? "" : ` on destination port ${port}/${proto}`;
}

/** The last two labels of a name: names made to carry data share them. Good enough to fold by, not to say who owns it. */
export function lastLabels(name: string): string {
  return name.toLowerCase().split(".").slice(-2).join(".");
}
