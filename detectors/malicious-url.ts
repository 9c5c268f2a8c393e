// Pages that are known to be malicious, by their address: looked up in the lists at hand, and where they do not know it and
// the user has allowed it, asked of services.

import type { ThreatLevel } from "../agent/evidence/evidence.ts";
import { isIgnored } from "../agent/record/address.ts";
import { defineDetector } from "./contract.ts";
import {
  ANY_LEVEL,
  type Contact,
  contactOf,
  host,
  type JudgeContact,
  listedBy,
  look,
  lookAgain,
  newLookBack,
  seen,
} from "./listed.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";
import { levelOfShare } from "./verdicts.ts";

/** How sure one is: pages are cleaned up faster than lists. */
const CONFIDENCE = 0.7;
/** Longer ones are looked up once and not remembered for later. Own choice: what malware is fetched from is shorter. */
const LONGEST_REMEMBERED = 512;
/** Shorter hosts are none. */
const SHORTEST_HOST = 3;

interface Request extends Contact {
  url: string;
}

export const maliciousUrl = defineDetector({
  name: "malicious-url",
  summary: "A host requests a page that threat intelligence lists as malicious",
  raises: {
    threat_intelligence_malicious_url: {
      meaning:
        "One of your hosts requested a page that is known to spread malware or to steal passwords. Told for both " +
        "ends. Only pages without encryption can be seen; for others there is the name (blacklisted domain).",
      threats: ANY_LEVEL,
      techniques: ["T1105", "T1566"],
      falsePositives: "Pages that were cleaned up since; scanners that check whether they still exist.",
      whatToDo: "See what the page answered (a file?), and examine the host if it got something.",
    },
  },
  settings: {},
  memory: newLookBack<Request>,
  on: {
    http(record, context) {
      const { host: name, uri, resp_h, resp_p } = record;
      if (uri === undefined) return;
      const server = name !== undefined && name.length >= SHORTEST_HOST
        ? name
        : resp_h.includes(":")
        ? `[${resp_h}]`
        : resp_h;
      // A request to a proxy names all of it.
      const port = server.includes(":") || resp_p === 80 ? "" : `:${resp_p}`;
      const url = uri.startsWith("http://") ? uri : `http://${server}${port}${uri}`;
      const request = { ...contactOf(record), url };
      if (url.length > LONGEST_REMEMBERED) judge(request, context);
      else look(url, request, context, judge);
      if (context.intel.url(url) === undefined && !isIgnored(resp_h)) context.ask({ ask: "url", url }, request);
    },
  },
  intelArrived: (context) => lookAgain(context, judge),
  answered(note, { verdicts }, context) {
    const bad = verdicts.filter(({ says }) => says === "malicious");
    if (bad.length === 0) return;
    const share = Math.max(...bad.map(({ share }) => share ?? NaN).filter((each) => !Number.isNaN(each)));
    const words = bad.map(({ service, words }) => `${service}: ${words}`).join("; ");
    raiseBoth(
      note as Request,
      context,
      levelOfShare(share, "medium"),
      CONFIDENCE,
      `(known to ${cut(words, TEXT_LENGTH)})`,
    );
  },
});

type RequestContext = Parameters<JudgeContact<Request>>[1];

const judge: JudgeContact<Request> = (request, context) => {
  const match = context.intel.url(request.url);
  if (match === undefined) return false;
  raiseBoth(request, context, match.level, CONFIDENCE * match.confidence, listedBy(match));
  return true;
};

function raiseBoth(
  request: Request,
  context: RequestContext,
  threat: ThreatLevel,
  confidence: number,
  why: string,
): void {
  const { orig_h, orig_p, resp_h, resp_p, url } = request;
  const both = {
    type: "threat_intelligence_malicious_url",
    threat,
    confidence,
    proto: "tcp",
    src_port: orig_p,
    dst_port: resp_p,
    ...seen(request),
    description: `${orig_h} requested the malicious URL ${cut(url, TEXT_LENGTH)} ${why}`,
    fold: cut(url, TEXT_LENGTH),
  } as const;
  context.raise(
    { ...both, attacker: host("src", orig_h), victim: host("dst", resp_h) },
    { ...both, attacker: host("dst", resp_h), victim: host("src", orig_h), profile: resp_h },
  );
}
