// No type of evidence without a proof and a twin, and no detector without an explanation that helps.

import assert from "node:assert/strict";
import { EVIDENCE_TYPES, type EvidenceType } from "../../agent/evidence/evidence.ts";
import { aliasOf, typeNamed } from "../../detectors/aliases.ts";
import { explainAll, explainedTypes, explainType } from "../../detectors/explain.ts";
import { TECHNIQUES } from "../../detectors/techniques.ts";
import { findProofs } from "./find-proofs.ts";

/** Types that are still being built; whoever raises one takes it off this list and proves it. */
const NOT_YET: readonly EvidenceType[] = [
  "malicious_flow",
  "command_and_control_channel",
];

const raised = new Set(explainedTypes().map(({ type }) => type));

Deno.test("every type of evidence is raised by a detector, proven, and has an innocent twin", async () => {
  const { proofs, twins } = await findProofs();
  const lacking = EVIDENCE_TYPES.filter((type) => !NOT_YET.includes(type)).flatMap((type) => [
    ...raised.has(type) ? [] : [`${type} is raised by no detector`],
    ...proofs.has(type) ? [] : [`${type} has no proof`],
    ...twins.has(type) ? [] : [`${type} has no twin`],
  ]);
  assert.deepEqual(lacking, []);
});

Deno.test("a type that is raised is no longer on the list of those to come", () => {
  assert.deepEqual(NOT_YET.filter((type) => raised.has(type)), []);
});

Deno.test("every explanation says something, in sentences, with techniques that exist and levels", () => {
  for (const { type, detector, explanation } of explainedTypes()) {
    const { meaning, falsePositives, whatToDo, threats, techniques } = explanation;
    for (const text of [meaning, falsePositives, whatToDo]) {
      assert.match(text, /^[A-Z`].{20,}\.$/, `${type}: ${text}`);
      assert(!/ {2}|\n/.test(text), `${type}: ${text}`);
    }
    assert(threats.length > 0, type);
    for (const technique of techniques) assert(TECHNIQUES[technique] !== undefined, `${type}: ${technique}`);
    assert.match(detector.summary, /^[A-Z].{10,}[^.]$/, detector.name);
  }
});

Deno.test("a type is found by our name and by the field's, in any letter case", () => {
  assert.equal(typeNamed("horizontal_port_scan"), "horizontal_port_scan");
  assert.equal(typeNamed("HORIZONTAL_PORT_SCAN"), "horizontal_port_scan");
  assert.equal(typeNamed("horizontal-port-scan"), "horizontal_port_scan");
  assert.equal(typeNamed("DIFFERENT_LOCALNET"), "different_local_network");
  assert.equal(typeNamed("different_localnet"), "different_local_network");
  assert.equal(typeNamed("ARP_OUTSIDE_LOCALNET"), "arp_outside_local_network");
  assert.equal(typeNamed("nothing_of_the_kind"), undefined);
  assert.equal(new Set(EVIDENCE_TYPES.map(aliasOf).filter(Boolean)).size, 65);
});

Deno.test("an explanation is told in parts, in lines that a terminal has room for", () => {
  const text = explainType("horizontal_port_scan");
  const parts = ["What it means", "What else it may be", "What to do", "Threat level", "ATT&CK", "Detector"];
  const places = [...parts, "Settings", "hosts: 10 hosts"].map((part) => text.indexOf(part));
  assert(places.every((place, at) => place > (places[at - 1] ?? -1)), text);
  assert(text.includes("T1046 Network Service Discovery"));
  for (const line of text.split("\n")) assert(line.length <= 80, line);
  for (const type of EVIDENCE_TYPES) assert(explainAll().includes(`\n${type} `) || explainAll().startsWith(type), type);
});
