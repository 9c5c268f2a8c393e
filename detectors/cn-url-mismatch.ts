// A certificate for quite another name than the one that was asked for. A browser would have warned; a program that does
// not care whom it talks to goes on.

import { organisationsOf } from "../agent/intel/tables/organisations.ts";
import { isAddress } from "../agent/record/address.ts";
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
import { lastLabels } from "./words.ts";

export const cnUrlMismatch = defineDetector({
  name: "cn-url-mismatch",
  summary: "A server shows a certificate for quite another name than the one it was asked for",
  raises: {
    cn_url_mismatch: {
      meaning:
        "A host asked for one name and the server showed a certificate for quite another. A browser would have " +
        "warned; a program that goes on regardless does not care whom it talks to, as much malware does. It is " +
        "told of the name asked for (medium) and of the host (low).",
      threats: ["low", "medium"],
      techniques: ["T1557", "T1587.003"],
      falsePositives:
        "Servers with a default certificate, old devices, portals of hotels, domains whose hosting has moved.",
      whatToDo:
        "Open the name in a browser: if it warns too, the service is set up wrongly or somebody is in between. If " +
        "only one host has this, look at its proxy settings and for the program that made the connection.",
    },
  },
  settings: {},
  memory: createWaiting,
  on: {
    ssl(record, context) {
      if (record.server_name !== undefined) judgeCertificate(record, context, judge);
    },
  },
  timer: (note, context) => judgeWaiting(note, context, judge),
});

function judge(session: Session, certificate: ShownCertificate, context: Context<unknown, Waiting, undefined>): void {
  const { ts, uid, orig_h, orig_p, resp_h, resp_p, server_name } = session;
  const { commonName } = certificate;
  if (server_name === undefined || commonName === undefined || isAddress(server_name)) return;
  // A certificate for "router" or "localhost" is for no name on the Internet, and so for nobody else's.
  if (!commonName.includes(".")) return;
  if (!isMismatch(server_name.toLowerCase(), commonName, certificate)) return;
  const asked = cut(server_name, NAME_LENGTH);
  const shown = cut(commonName, NAME_LENGTH);
  const host = { direction: "src", kind: "ip", value: orig_h } as const;
  const site = { direction: "dst", kind: "domain", value: asked } as const;
  const common = {
    type: "cn_url_mismatch",
    confidence: 0.8,
    timestamp: ts,
    uids: [uid],
    proto: "tcp",
    src_port: orig_p,
    dst_port: resp_p,
    description:
      `CN URL Mismatch: ${orig_h} asked ${resp_h} for ${asked} and was shown a certificate for ${shown}, which ` +
      `is somebody else; a browser would have warned`,
    fold: asked,
  } as const;
  context.raise(
    { ...common, threat: "low", attacker: host, victim: site },
    { ...common, threat: "medium", attacker: site, victim: host, profile: resp_h },
  );
}

function isMismatch(asked: string, commonName: string, { isForServerName, names }: ShownCertificate): boolean {
  if (isForServerName === true) return false;
  const others = [commonName, ...names ?? []];
  // A name beside the one that was meant is a mistake of the same owner.
  if (others.some((name) => lastLabels(name) === lastLabels(asked))) return false;
  const owners = organisationsOf({ domain: asked });
  const shown = others.flatMap((name) => organisationsOf({ domain: name.startsWith("*.") ? name.slice(2) : name }));
  if (shown.some((owner) => owners.includes(owner))) return false;
  // Where the alternative names are not known, it is certain only for names whose owners are.
  return isForServerName === false || owners.length > 0 && shown.length > 0;
}
