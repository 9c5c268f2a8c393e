// Names resolved over HTTPS (DoH, RFC 8484): past the resolver of the local network, and out of our sight. A host that does
// so is on the way out of the local network where DNS should stay in it, which is why the field files it under that type.

import { isKnownResolver } from "../agent/intel/tables/doh-resolvers.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import { type Context, defineDetector } from "./contract.ts";
import { cut, NAME_LENGTH } from "./shown.ts";

export const dnsOverHttps = defineDetector({
  name: "dns-over-https",
  summary: "A host resolves names over HTTPS, past the resolver of the local network",
  raises: {
    different_local_network: {
      meaning:
        "A host resolves names over HTTPS (DoH), where neither your name server nor this program can see them: a " +
        "way out past the resolver of the local network, hence the name of this type. Browsers do it for privacy, " +
        "malware to hide.",
      threats: ["info"],
      techniques: ["T1071.004", "T1572"],
      falsePositives: "Browsers and systems that use DoH by default.",
      whatToDo:
        "Decide whether you want it. If not, switch it off in the browsers by policy, or block the resolvers' " +
        "addresses; then only what is left deserves a look.",
    },
  },
  settings: {},
  on: {
    ssl(record, context) {
      if (record.is_DoH === true || isResolver(record)) tell(record, "tcp", context);
    },
    quic(record, context) {
      if (isResolver(record)) tell(record, "udp", context);
    },
  },
});

/** Whether the server is a known resolver: logs of other programs do not say so. */
function isResolver({ server_name, resp_h, resp_p }: RecordOf<"ssl"> | RecordOf<"quic">): boolean {
  return isKnownResolver(server_name, resp_h, resp_p);
}

function tell(
  { orig_h, orig_p, resp_h, resp_p, server_name }: RecordOf<"ssl"> | RecordOf<"quic">,
  proto: "tcp" | "udp",
  context: Context<unknown, undefined, undefined>,
): void {
  const name = server_name === undefined ? "" : ` (${cut(server_name, NAME_LENGTH)})`;
  context.raise({
    type: "different_local_network",
    threat: "info",
    confidence: 0.9,
    attacker: { direction: "dst", kind: "ip", value: resp_h },
    victim: { direction: "src", kind: "ip", value: orig_h },
    profile: resp_h,
    proto,
    src_port: orig_p,
    dst_port: resp_p,
    description: `DNS over HTTPS: ${orig_h} resolves names at ${resp_h}${name}, past the resolver of the local network`,
    fold: orig_h,
  });
}
