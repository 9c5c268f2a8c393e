// What is told of the hosts of a finding, beside the finding itself.

import assert from "node:assert/strict";
import { NO_INTEL } from "../../agent/intel/intel.ts";
import type { Answer } from "../../agent/intel/enrich/question.ts";
import { createNetworkPicture } from "../../agent/profile/network.ts";
import { contextOf } from "../../detectors/known-hosts.ts";
import { evidenceOf } from "../agent/evidence/evidence.ts";

const OURS = "192.168.1.7";
const OTHER = "8.8.8.8";
const evidence = evidenceOf({
  attacker: { direction: "src", kind: "ip", value: OURS },
  victim: { direction: "dst", kind: "ip", value: OTHER },
});

Deno.test("names, MAC, vendor, AS, country, organisation and what services say", () => {
  const picture = createNetworkPicture();
  picture.learn({ fact: "mac", ts: 1, ip: OURS, mac: "00:11:32:7c:40:aa" });
  picture.learn({ fact: "hostname", ip: OURS, name: "nas" });
  for (const query of ["a.example", "b.example", "c.example", "dns.example"]) {
    picture.learn({ fact: "resolved", ts: 1, uid: "C1", client: OURS, query, addresses: [OTHER], aliases: [] });
  }
  const intel = {
    ...NO_INTEL,
    asnOf: (ip: string) => ip === OTHER ? { number: 15_169, organisation: "GOOGLE" } : undefined,
    countryOf: (ip: string) => ip === OTHER ? "US" : undefined,
  };
  const asked: string[] = [];
  const answer = (ip: string): Answer => {
    asked.push(ip);
    return {
      question: { ask: "address", ip },
      hostname: "dns.google",
      verdicts: [{ service: "spamhaus", says: "malicious", words: "SBL" }, {
        service: "virustotal",
        says: "unknown",
        words: "",
      }],
    };
  };
  assert.deepEqual(contextOf(evidence, picture, intel, answer), {
    attacker: { hostname: "nas", mac: "00:11:32:7c:40:aa", vendor: "Synology Incorporated" },
    victim: {
      names: ["b.example", "c.example", "dns.example"],
      reverse_dns: "dns.google",
      lists: ["spamhaus: SBL"],
      asn: 15_169,
      as_organisation: "GOOGLE",
      country: "US",
      organisation: "google",
    },
  });
  // Of our own hosts nobody outside is asked.
  assert.deepEqual(asked, [OTHER]);
});

Deno.test("where nothing is known nothing is told", () => {
  const picture = createNetworkPicture();
  const other = evidenceOf({ victim: { direction: "dst", kind: "domain", value: "a.example" } });
  assert.equal(contextOf(other, picture, NO_INTEL, () => undefined), undefined);
});
