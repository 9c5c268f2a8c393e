// Which connections came to be, in the words of Zeek, Suricata and Argus.

import assert from "node:assert/strict";
import { isAnswerOnly, isEstablished, isEstablishedState } from "../../../agent/record/conn-state.ts";
import { conn } from "../../detectors/harness.ts";

const MANY = 20;

function split(states: readonly string[], packets: number): Record<"established" | "not", string[]> {
  return {
    established: states.filter((state) => isEstablishedState(state, packets)),
    not: states.filter((state) => !isEstablishedState(state, packets)),
  };
}

Deno.test("Zeek's states say by themselves whether there was a connection, however many packets were seen", () => {
  const established = ["S1", "SF", "S2", "S3", "RSTO", "RSTP", "OTH"];
  const not = ["S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR"];
  assert.deepEqual(split([...established, ...not], 0), { established, not });
  assert.deepEqual(split([...established, ...not], MANY), { established, not });
});

Deno.test("a reset by the responder (Zeek's RSTR) ended a connection only when more than three packets went before", () => {
  assert.equal(isEstablishedState("RSTR", 3), false);
  assert.equal(isEstablishedState("RSTR", 4), true);
});

Deno.test("Suricata: new and established flows count, closed ones and unknown words do not", () => {
  const established = ["new", "established"];
  const not = ["closed", "bypassed", ""];
  assert.deepEqual(split([...established, ...not], MANY), { established, not });
});

Deno.test("Argus: both sides must have shown SYN and ACK, or both have pushed data", () => {
  const established = ["SA_SA", "FSPA_FSPA", "SPA_SRPA", "PA_PA", "FPA_RPA", "PA_FSPA"];
  const not = ["S_", "S_RA", "S_SA", "SPA_A", "A_A", "PA_A", "_SA", "ECO_ECR", "URH_URH", "URP_"];
  assert.deepEqual(split([...established, ...not], MANY), { established, not });
});

Deno.test("Argus: single words for a whole flow", () => {
  const established = ["ECO", "UNK", "CON", "EST"];
  const not = ["INT", "URP", "URH", "TIM", "ACC"];
  assert.deepEqual(split([...established, ...not], MANY), { established, not });
  assert.deepEqual(split(["RST", "FIN"], 3), { established: [], not: ["RST", "FIN"] });
  assert.deepEqual(split(["RST", "FIN"], 4), { established: ["RST", "FIN"], not: [] });
});

Deno.test("the packets of both sides of a record are counted together", () => {
  const reset = { orig_h: "10.0.0.1", resp_h: "10.0.0.2", conn_state: "RSTR" };
  assert.equal(isEstablished(conn({ ...reset, orig_pkts: 2, resp_pkts: 1 })), false);
  assert.equal(isEstablished(conn({ ...reset, orig_pkts: 2, resp_pkts: 2 })), true);
  assert.equal(isEstablished(conn({ ...reset, orig_pkts: undefined, resp_pkts: undefined })), false);
  assert.equal(isEstablished(conn({ ...reset, conn_state: "SF", orig_pkts: 0, resp_pkts: 0 })), true);
});

Deno.test("who is seen to answer only has not tried anything: SHR and RSTRH, and no other state", () => {
  const states = ["SHR", "RSTRH", "S0", "SH", "RSTR", "RSTOS0", "REJ", "SF", "OTH", "INT"];
  const answers = states.filter((conn_state) => isAnswerOnly({ conn_state }));
  assert.deepEqual(answers, ["SHR", "RSTRH"]);
});
