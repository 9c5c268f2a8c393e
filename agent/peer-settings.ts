// What the peer network needs of the configuration and of this machine: the group's secret, and the DNS servers.

import { readIndicator } from "../p2p/indicator.ts";
import type { P2pSettings } from "../p2p/settings.ts";
import { InputError, systemReason } from "./errors.ts";

/** Characters of a secret that nobody guesses. */
const SHORTEST_SECRET = 12;
const RESOLVERS = "/etc/resolv.conf";

/** The group's secret; from its file, where it is in one. */
export function secretOf({ secret, slips_compatibility }: P2pSettings): string {
  const path = secret.startsWith("file:") ? secret.slice(5) : undefined;
  let text = secret;
  try {
    if (path !== undefined) text = Deno.readTextFileSync(path).trim();
  } catch (error) {
    throw new InputError(`The secret of the peer group cannot be read from ${path}: ${systemReason(error)}.`);
  }
  if (text === "") return "";
  if (text.length < SHORTEST_SECRET) {
    throw new InputError(
      `p2p.secret is shorter than ${SHORTEST_SECRET} characters: whoever hears an announcement could guess it; take a longer one.`,
    );
  }
  if (slips_compatibility) {
    throw new InputError(
      "p2p.slips_compatibility needs an open group, as the old peers know no secret; drop one of the two.",
    );
  }
  return text;
}

/** The DNS servers of this machine, as far as its configuration names them. */
export function resolvers(): string[] {
  try {
    return Deno.readTextFileSync(RESOLVERS).split("\n").flatMap((line) => {
      const ip = /^nameserver\s+(\S+)/.exec(line)?.[1];
      return ip !== undefined && readIndicator("ip", ip) !== undefined ? [ip] : [];
    });
  } catch {
    return [];
  }
}
