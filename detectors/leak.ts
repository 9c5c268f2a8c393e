// What should not cross a network in the clear, and did: the rules that look at content have found it; here it becomes
// evidence against the machine that sent it, or about the one that was sent it.

import { type EvidenceType, THREAT_LEVELS, type ThreatLevel } from "../agent/evidence/evidence.ts";
import { type Leak, LEAK_NOTE, readLeak } from "../agent/record/leak.ts";
import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";

const TYPES = ["network_gps_location_leaked", "sensitive_data_leaked"] as const satisfies readonly EvidenceType[];
const PERCENT = 100;

export const leak = defineDetector({
  name: "leak",
  summary: "Something private was sent unencrypted: places, passwords, keys",
  raises: {
    network_gps_location_leaked: {
      meaning:
        "An app or device sent geographic coordinates over the network without encryption: everybody on the way " +
        "can follow where its owner is.",
      threats: ["low", "high"],
      techniques: ["T1430", "T1040"],
      falsePositives: "A map or weather service that was asked about a place somewhere else; the place need not be " +
        "where the device is.",
      whatToDo: "Find the app by the server's name, update or remove it, or take the right to know the place from it.",
    },
    sensitive_data_leaked: {
      meaning: "A password, a private key, a key to an account or the identity of a telephone was sent without " +
        "encryption: everybody on the way can use it.",
      threats: ["low", "medium", "high", "critical", "info"],
      techniques: ["T1040", "T1552"],
      falsePositives:
        "Devices and test systems inside the own network whose passwords are known to everybody anyway, " +
        "and documents that show an example of a key.",
      whatToDo: "Take the secret as known to others: change it. Then switch the service to TLS, or the program off.",
    },
  },
  settings: {
    confidence: {
      value: 0.7,
      unit: "",
      meaning: "confidence in a rule that does not say how sure it is",
      minimum: 0,
      maximum: 1,
    },
  },
  on: {
    notice(record, context) {
      if (record.note !== LEAK_NOTE) return;
      const found = readLeak(record.sub ?? "");
      if (found === undefined || record.src === undefined || record.dst === undefined) return;
      const { metadata, rule, excerpt } = found;
      const type = TYPES.find((one) => one === metadata["evidence"]) ?? "sensitive_data_leaked";
      // Places in what a server answers are what was asked for: maps, weather, shops nearby.
      if (type === "network_gps_location_leaked" && !found.fromOrig) return;
      const what = cut(String(metadata["description"] ?? rule.replaceAll("_", " ")), TEXT_LENGTH);
      const shown = excerpt === "" ? "" : `: ${cut(excerpt, TEXT_LENGTH)}`;
      const [sender, receiver] = [record.src, record.dst];
      const finding = {
        type,
        confidence: confidenceOf(found) ?? context.settings.confidence,
        proto: record.proto,
        dst_port: record.resp_p,
        method: "Signature",
        description:
          `${sender} sent ${what} in the clear to ${receiver} (port ${record.resp_p}/${record.proto}), where ` +
          `everybody on the way can read it${found.inFile ? ", in a file" : ""}${shown}`,
        fold: `${rule} ${sender} ${receiver}`,
      } as const;
      context.raise({
        ...finding,
        threat: threatOf(found),
        profile: sender,
        attacker: { direction: "src", kind: "ip", value: sender },
        victim: { direction: "dst", kind: "ip", value: receiver },
      }, {
        ...finding,
        // Whoever collects places of people is worse than the app that tells them (the field's levels).
        threat: type === "network_gps_location_leaked" ? "high" : threatOf(found),
        profile: receiver,
        attacker: { direction: "dst", kind: "ip", value: receiver },
        victim: { direction: "src", kind: "ip", value: sender },
      });
    },
  },
});

function threatOf({ metadata }: Leak): ThreatLevel {
  const said = String(metadata["threat"] ?? "");
  return said in THREAT_LEVELS ? said as ThreatLevel : "low";
}

function confidenceOf({ metadata }: Leak): number | undefined {
  const said = metadata["confidence"];
  return typeof said === "number" ? Math.min(1, Math.max(0, said / PERCENT)) : undefined;
}
