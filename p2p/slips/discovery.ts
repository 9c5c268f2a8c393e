// How the old peers find each other: multicast DNS as libp2p had it before its specification. Who is asked for
// `slips.local` names itself by its peer id, with port (SRV), address (A) and the id once more (TXT).

import { isLocal, type LocalInterface } from "../local-addresses.ts";
import { type MdnsMessage, type MdnsRecord, writeMdns } from "../discovery/mdns.ts";

export const LEGACY_SERVICE = "slips.local";

/** "Who is there?" */
export function legacyQuestion(): Uint8Array | undefined {
  return writeMdns({ response: false, questions: [LEGACY_SERVICE], records: [] });
}

export function asksForLegacy({ questions }: MdnsMessage): boolean {
  return questions.some((name) => name.toLowerCase() === LEGACY_SERVICE);
}

/** "I am, at these addresses." */
export function legacyAnswer(peer: string, port: number, own: LocalInterface): Uint8Array | undefined {
  const name = `${peer}.${LEGACY_SERVICE}`;
  const target = `${peer.slice(-16).toLowerCase()}.local`;
  return writeMdns({
    response: true,
    questions: [],
    records: [
      { type: "PTR", name: LEGACY_SERVICE, target: name },
      { type: "SRV", name, port, target },
      { type: "TXT", name, strings: [new TextEncoder().encode(peer)] },
      ...own.addresses.filter(({ ip }) => ip.includes(".")).map(({ ip }): MdnsRecord => ({
        type: "A",
        name: target,
        ip,
      })),
    ],
  });
}

/** Peer ids as the old peers have them: RSA keys' hashes, or Ed25519 keys. */
const PEER_ID = /^(Qm[1-9A-HJ-NP-Za-km-z]{44}|12D3KooW[1-9A-HJ-NP-Za-km-z]{44})$/;

/** The old peer that speaks in a packet, if one does and it is on the local network. */
export function legacyPeer(
  { records }: MdnsMessage,
  interfaces: readonly LocalInterface[],
): { peer: string; addresses: string[]; port: number } | undefined {
  const suffix = `.${LEGACY_SERVICE}`;
  const service = records.find((record) => record.type === "SRV" && record.name.toLowerCase().endsWith(suffix));
  if (service?.type !== "SRV") return undefined;
  const text = records.find((record) => record.type === "TXT" && record.name === service.name);
  const peer = text?.type === "TXT" && text.strings[0] !== undefined ? new TextDecoder().decode(text.strings[0]) : "";
  if (!PEER_ID.test(peer)) return undefined;
  const addresses = records.flatMap((record) => record.type === "A" || record.type === "AAAA" ? [record.ip] : [])
    .filter((ip) => isLocal(ip, interfaces));
  return addresses.length === 0 ? undefined : { peer, addresses, port: service.port };
}
