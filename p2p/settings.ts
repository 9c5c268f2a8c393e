// The settings of the peer network: defaults, units, meanings, bounds; in the shape of all settings of the program.

/** The table; docs/peers.md tells how to use it. */
export const P2P_SETTINGS = {
  enabled: {
    value: false,
    unit: "",
    meaning: "find other agents on the local network and share findings with them; live runs only (docs/peers.md)",
  },
  port: { value: 21_747, unit: "TCP port", meaning: "where other peers connect", minimum: 1024, maximum: 65_535 },
  group: { value: "smartshield", unit: "", meaning: "name of the group; agents of other groups are not seen" },
  secret: {
    value: "",
    unit: "",
    meaning:
      "closes the group: only agents with the same secret can join or learn that it exists; file:PATH reads it from a file",
  },
  allow: {
    value: [] as readonly string[],
    unit: "",
    meaning: "ids of the only peers that may connect; empty: all of the group",
  },
  trusted: {
    value: [] as readonly string[],
    unit: "",
    meaning: "ids of peers whose word counts as our own from the start; only theirs count for blocking by peers alone",
  },
  interfaces: {
    value: [] as readonly string[],
    unit: "",
    meaning: "interfaces on which peers are looked for; empty: all that have an address",
  },
  ipv6: {
    value: "auto",
    unit: "",
    meaning: "auto: connect over IPv6 only where there is no IPv4, which needs a wider permission; always: over both",
    words: ["auto", "always"],
  },
  ask: {
    value: true,
    unit: "",
    meaning: "ask peers about every new address seen; false: only tell what was found, and answer",
  },
  maximum_peers: { value: 128, unit: "peers", meaning: "connected at the same time", minimum: 1, maximum: 1024 },
  maximum_peers_per_host: {
    value: 4,
    unit: "peers",
    meaning: "connected at the same time from one address",
    minimum: 1,
    maximum: 1024,
  },
  remember_days: {
    value: 30,
    unit: "days",
    meaning: "peers that are not heard of any more are forgotten after so long",
    minimum: 1,
  },
  log: { value: false, unit: "", meaning: "also write p2p.log: who came and went, and what was said" },
  slips_compatibility: {
    value: false,
    unit: "",
    meaning: "also speak with the peers of Slips 1.1 (Pigeon), unencrypted group names and all; open groups only",
  },
} as const;

type Value<S> = S extends { words: readonly (infer W)[] } ? W
  : S extends { value: infer V } ? (V extends number ? number
      : V extends boolean ? boolean
      : V extends readonly string[] ? readonly string[]
      : string)
  : never;

/** The values in force. */
export type P2pSettings = { readonly [K in keyof typeof P2P_SETTINGS]: Value<typeof P2P_SETTINGS[K]> };

/** The defaults, overlaid with `changed`. */
export function p2pSettings(changed: Partial<P2pSettings> = {}): P2pSettings {
  const defaults = Object.fromEntries(Object.entries(P2P_SETTINGS).map(([name, { value }]) => [name, value]));
  return { ...defaults, ...changed } as unknown as P2pSettings;
}
