// Alerts of Suricata as findings: read from its events, so that the record between both is proven, too.

import assert from "node:assert/strict";
import type { Evidence } from "../../agent/evidence/evidence.ts";
import { idsAlert } from "../../detectors/ids-alert.ts";
import { jsonLines, readFile } from "../agent/source/records.ts";
import { watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const T = Date.UTC(2024, 4, 6, 12) / 1000;
const ATTACKER = "78.36.196.213";
const SERVER = "192.168.1.129";

function alert(rule: object, more: object = {}): object {
  return {
    timestamp: "2024-05-06T12:00:00.000000+0000",
    flow_id: 1374195536821504,
    event_type: "alert",
    src_ip: ATTACKER,
    src_port: 51_698,
    dest_ip: SERVER,
    dest_port: 445,
    proto: "TCP",
    alert: {
      action: "allowed",
      gid: 1,
      signature_id: 2_403_388,
      rev: 66_418,
      signature: "ET EXPLOIT Possible EternalBlue",
      category: "Misc Attack",
      severity: 1,
      ...rule,
    },
    ...more,
  };
}

async function findings(...events: object[]): Promise<Evidence[]> {
  const { records } = await readFile(jsonLines(...events), { said: "suricata" });
  return watch([idsAlert], records, { folded: true });
}

proof(
  "ids_alert",
  "a rule of severity 1 that matched is told on both ends, with the rule and its technique",
  async () => {
    const metadata = { mitre_technique_id: ["T1210", "nonsense"], confidence: ["High"] };
    const found = await findings(alert({ metadata }));
    assert.equal(found.length, 2);
    const [onAttacker, onVictim] = [ATTACKER, SERVER].map((profile) => found.find((one) => one.profile === profile));
    assert.deepEqual(told(onAttacker!), {
      type: "ids_alert",
      threat: "high",
      confidence: 0.9,
      attacker: `src ip ${ATTACKER}`,
      victim: `dst ip ${SERVER}`,
      profile: ATTACKER,
      window: 1,
      timestamp: T,
      uids: ["1374195536821504"],
      proto: "tcp",
      src_port: 51_698,
      dst_port: 445,
      description: "Suricata: ET EXPLOIT Possible EternalBlue (Misc Attack), rule 1:2403388:66418, ATT&CK T1210, " +
        `from ${ATTACKER} to ${SERVER}`,
      method: "Signature",
      related: 1,
    });
    assert.deepEqual([onVictim!.profile, onVictim!.attacker.direction], [SERVER, "dst"]);
  },
);

twin("ids_alert", "what Suricata merely logs, and notices of Zeek's, are no alerts", async () => {
  const { alert: _alert, ...logged } = alert({}) as Record<string, unknown>;
  assert.deepEqual(
    await findings({ ...logged, event_type: "flow", flow: { state: "closed" } }, { ...logged, event_type: "drop" }),
    [],
  );
  const notice = { kind: "notice", ts: T, note: "Scan::Port_Scan", msg: "scan", src: ATTACKER } as const;
  assert.deepEqual(watch([idsAlert], [notice]), []);
});

Deno.test("the severity of the rule is the threat level; what has none informs", async () => {
  for (const [severity, threat] of [[1, "high"], [2, "medium"], [3, "low"], [4, "info"], [255, "info"]] as const) {
    const [found] = await findings(alert({ severity }));
    assert.deepEqual([found!.threat, found!.confidence], [threat, 0.8]);
  }
});

Deno.test("a rule whose authors say how sure they are is believed that much", async () => {
  for (const [word, sure] of [["High", 0.9], ["Medium", 0.7], ["low", 0.5], ["Perhaps", 0.8]] as const) {
    const [found] = await findings(alert({ metadata: { confidence: [word] } }));
    assert.equal(found!.confidence, sure, word);
  }
});

Deno.test("who attacks is who the rule says: by its target, or by what kind of host it says is attacked", async () => {
  const attacker = async (...event: Parameters<typeof alert>) => (await findings(alert(...event)))[0]!.attacker.value;
  assert.equal(await attacker({}), ATTACKER);
  assert.equal(await attacker({ source: { ip: SERVER }, target: { ip: ATTACKER } }), SERVER);
  // The packet came from a server that attacks its client, as a page with an exploit does.
  const client = { metadata: { attack_target: ["Client_Endpoint"] } };
  assert.equal(await attacker(client, { direction: "to_client" }), ATTACKER);
  // The packet went to the server that attacks: the beacon of an infected client.
  assert.equal(await attacker(client, { direction: "to_server" }), SERVER);
  assert.equal(await attacker(client, { flow: { src_ip: ATTACKER } }), SERVER);
  assert.equal(await attacker({ metadata: { attack_target: ["Server"] } }, { direction: "to_server" }), ATTACKER);
  // Nobody says who is the client.
  assert.equal(await attacker(client), ATTACKER);
});

Deno.test("a signature that matches a thousand times on one pair of hosts is one finding with a count", async () => {
  const found = await findings(...Array.from({ length: 1000 }, (_, i) => alert({}, { flow_id: i })));
  const last = found.filter(({ profile }) => profile === ATTACKER);
  assert.equal(last.at(-1)!.count, 1000);
  assert.ok(last.length < 20, `${last.length}`);
  assert.equal(new Set(found.map(({ id }) => id)).size, 2);
});

Deno.test("what Suricata blocked is said to be", async () => {
  const [found] = await findings(alert({ action: "blocked" }));
  assert.match(found!.description, /; Suricata blocked it$/);
});
