// Certificates that claim to be of a well-known company where nothing else says so: neither the address nor the name that
// was asked for is the company's. Malware dresses its servers that way.

import { organisationNames, organisationsOf } from "../agent/intel/tables/organisations.ts";
import { isIgnored } from "../agent/record/address.ts";
import { attributeOf, LONGEST_KNOWN_SUBJECT, MAXIMUM_KNOWN_SUBJECTS } from "../agent/record/certificate-name.ts";
import { type Context, defineDetector } from "./contract.ts";
import {
  createWaiting,
  judgeCertificate,
  judgeWaiting,
  type Session,
  type ShownCertificate,
  type Waiting,
} from "./shown-certificate.ts";
import { cut, NAME_LENGTH } from "./shown.ts";

export const incompatibleCn = defineDetector({
  name: "incompatible-cn",
  summary: "A certificate claims to be of a well-known company that neither the address nor the name belongs to",
  raises: {
    incompatible_cn: {
      meaning:
        "A server showed a certificate that claims to be of a well-known company, but neither its address nor the " +
        "name it was asked for belongs to that company. Malware dresses its servers that way, so that a quick " +
        "look finds nothing strange.",
      threats: ["medium"],
      techniques: ["T1036.005", "T1587.003"],
      falsePositives:
        "Services of the company at a provider or under a domain that our table does not have; inspection of TLS " +
        "in your own network.",
      whatToDo:
        "Look up who owns the address. If it is not the company, find the program that made the connection, block " +
        "the address and scan the host.",
    },
  },
  settings: {},
  memory: createWaiting,
  on: { ssl: (record, context) => judgeCertificate(record, context, judge) },
  timer: (note, context) => judgeWaiting(note, context, judge),
});

function judge(session: Session, certificate: ShownCertificate, context: Context<unknown, Waiting, undefined>): void {
  const { ts, uid, orig_h, orig_p, resp_h, resp_p, server_name } = session;
  // Software of these companies makes certificates with their name for the inside of a network.
  if (isIgnored(resp_h)) return;
  const claimed = claimedBy(certificate);
  if (claimed.length === 0 || isVouchedFor(certificate)) return;
  const owners = [
    ...organisationsOf({ ip: resp_h, domain: server_name }),
    ...server_name === undefined
      ? context.network.resolution(resp_h)?.names.flatMap((domain) => organisationsOf({ domain })) ?? []
      : [],
  ];
  if (claimed.some((organisation) => owners.includes(organisation))) return;
  const organisation = claimed[0]!;
  context.raise({
    type: "incompatible_cn",
    threat: "medium",
    confidence: 0.9,
    attacker: { direction: "src", kind: "ip", value: orig_h },
    victim: { direction: "dst", kind: "ip", value: resp_h },
    timestamp: ts,
    uids: [uid],
    proto: "tcp",
    src_port: orig_p,
    dst_port: resp_p,
    description: `Incompatible certificate CN to IP: ${resp_h}` +
      `${
        server_name === undefined ? "" : ` domain: ${cut(server_name, NAME_LENGTH)}`
      }. The certificate is claiming to ` +
      `belong to ${organisation.charAt(0).toUpperCase()}${organisation.slice(1)} ` +
      `("${cut(certificate.subject, NAME_LENGTH)}"), but neither that address nor that name does; ${orig_h} asked`,
    fold: resp_h,
  });
}

/**
 * Somebody else signed it, and it is for the name that was asked for: a company's service under a name that our table does
 * not have. Authorities look whom they sign for; what a server says of itself in its own signature nobody does.
 */
function isVouchedFor({ subject, issuer, isForServerName }: ShownCertificate): boolean {
  return isForServerName === true && issuer !== undefined && issuer !== subject;
}

/** Whom subjects name: nearly all name nobody, and are shown again and again. */
const knownClaims = new Map<string, readonly string[]>();

/** The organisations that a certificate names. What it is called follows from its subject, so that says it all. */
function claimedBy(certificate: ShownCertificate): readonly string[] {
  const { subject } = certificate;
  const known = knownClaims.get(subject);
  if (known !== undefined) return known;
  const claims = claimsOf(certificate);
  if (subject.length > LONGEST_KNOWN_SUBJECT) return claims;
  if (knownClaims.size >= MAXIMUM_KNOWN_SUBJECTS) knownClaims.clear();
  knownClaims.set(subject, claims);
  return claims;
}

/** By a domain of theirs, or by their name as a word of its owner's. */
function claimsOf({ subject, commonName = "" }: ShownCertificate): string[] {
  const domain = commonName.startsWith("*.") ? commonName.slice(2) : commonName;
  const owned = organisationsOf({ domain });
  const owner = attributeOf(subject, "O") ?? "";
  const words = `${commonName} ${owner}`.toLowerCase().split(/[^a-z0-9]+/);
  return organisationNames().filter((name) => owned.includes(name) || words.includes(name));
}
