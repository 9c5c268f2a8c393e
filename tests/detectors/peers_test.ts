// What peers say becomes evidence, and is worth something only when the trust model follows it.

import assert from "node:assert/strict";
import type { Finding } from "../../agent/evidence/evidence.ts";
import { opinionFinding, type PeersOpinion, type PeerWord, reportFinding } from "../../detectors/peers.ts";
import { proof, twin, witness } from "./proof.ts";

const SCANNER = "192.168.1.66";
const TRUSTED: PeersOpinion = {
  score: 0.94,
  confidence: 0.8,
  independentTrustedVoices: 2,
  mayBlock: false,
  threat: "medium",
};
const WORD: PeerWord = {
  peer: "12D3KooWQ6qAf3AXXHUfuNbivR7E3D7uVGsaJuX9tXFcXWzxD6De",
  address: "192.168.1.2",
  blames: true,
  score: 1,
  confidence: 0.9,
  trust: 0.5,
};

function seen(finding: Finding | undefined): Finding | undefined {
  witness(finding === undefined ? [] : [finding]);
  return finding;
}

proof("malicious_ip_from_p2p_network", "two peers that earned trust say that a host attacks", () => {
  assert.deepEqual(seen(opinionFinding(SCANNER, TRUSTED, 1000)), {
    type: "malicious_ip_from_p2p_network",
    threat: "medium",
    confidence: 0.8,
    attacker: { direction: "src", kind: "ip", value: SCANNER },
    profile: SCANNER,
    timestamp: 1000,
    uids: [],
    description: "2 trusted peers say that 192.168.1.66 attacks (score 0.94, confidence 0.80)",
  });
  const enough = seen(opinionFinding(SCANNER, { ...TRUSTED, mayBlock: true, threat: "high" }, 1000));
  assert.match(enough!.description, /which is enough to block it/);
});

twin("malicious_ip_from_p2p_network", "forty liars whose word is not followed raise nothing", () => {
  const loud: PeersOpinion = { ...TRUSTED, score: 1, confidence: 1, independentTrustedVoices: 0, threat: "info" };
  assert.equal(seen(opinionFinding(SCANNER, loud, 1000)), undefined);
});

proof(
  "p2p_report",
  "a peer's report is told at once, as sure as the peer is trusted, and counts nothing by itself",
  () => {
    assert.deepEqual(seen(reportFinding(SCANNER, WORD, false, 1000)), {
      type: "p2p_report",
      threat: "info",
      confidence: 0.45,
      attacker: { direction: "src", kind: "ip", value: SCANNER },
      profile: SCANNER,
      timestamp: 1000,
      uids: [],
      description:
        `The peer ${WORD.peer} at 192.168.1.2 blames ${SCANNER} (score 1.00, confidence 0.90; its word weighs 0.50)`,
    });
    assert.equal(seen(reportFinding(SCANNER, WORD, true, 1000))?.threat, "low");
  },
);

twin("p2p_report", "a peer that praises a host, or is undecided, reports nobody", () => {
  assert.equal(seen(reportFinding(SCANNER, { ...WORD, score: 0.1 }, true, 1000)), undefined);
  assert.equal(seen(reportFinding(SCANNER, { ...WORD, score: 0.5 }, true, 1000)), undefined);
  assert.equal(seen(reportFinding(SCANNER, { ...WORD, confidence: 0 }, true, 1000)), undefined);
});
