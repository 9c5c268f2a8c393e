// How the statements of two programs are compared.

import assert from "node:assert/strict";
import { agreements, distinct, type Facts, state } from "../../../scripts/compare/facts.ts";

function facts(...statements: readonly string[]): Facts {
  const said: Facts = new Map();
  for (const statement of statements) state(said, "status", statement);
  return said;
}

Deno.test("what both say is counted as often as both say it; the rest is told", () => {
  assert.deepEqual(agreements(facts("200", "200", "404"), facts("200", "500")), [{
    field: "status",
    tshark: 3,
    ours: 2,
    same: 1,
    onlyTshark: ["200", "404"],
    onlyOurs: ["500"],
  }]);
});

Deno.test("a field that only one program knows is compared too, and a statement without all its parts is none", () => {
  const ours = facts();
  state(ours, "host", "10.0.0.5:4000", undefined);
  state(ours, "host", "10.0.0.5:4000", "");
  state(ours, "host", "10.0.0.5:4000", "a.example");
  const [status, host] = agreements(facts("200"), ours);
  assert.deepEqual([status!.same, status!.ours, host!.tshark, host!.onlyOurs], [0, 0, 0, ["10.0.0.5:4000 a.example"]]);
});

Deno.test("repetitions count once where they mean nothing", () => {
  const said = facts("200", "200");
  distinct(said, "status");
  assert.equal(agreements(said, facts("200"))[0]!.same, 1);
});
