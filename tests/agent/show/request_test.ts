// What the words of `smartshield show` mean.

import assert from "node:assert/strict";
import { InputError } from "../../../agent/errors.ts";
import { readRequest } from "../../../agent/show/request.ts";

const says = (sentence: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof InputError);
  assert.match(error.message, sentence);
  return true;
};

Deno.test("times are UTC, whatever the clock of the machine is set to", () => {
  const from = (text: string) => readRequest("flows", undefined, { from: text }).selection.from;
  const noon = Date.UTC(2024, 4, 6, 12) / 1000;
  assert.equal(from("2024-05-06T12:00"), noon);
  assert.equal(from("2024-05-06 12:00:00"), noon);
  assert.equal(from("2024-05-06T12:00:00.250Z"), noon + 0.25);
  assert.equal(from("2024-05-06"), noon - 12 * 3600);
  assert.equal(from(String(noon + 0.5)), noon + 0.5);
  for (const text of ["noon", "2024-13-01", "06.05.2024", "2024-05-06T12:00+02:00", ""]) {
    assert.throws(() => from(text), says(/^--from is .* but must be a time in UTC/), text);
  }
});

Deno.test("a host's address narrows everything that is told of it", () => {
  assert.equal(readRequest("host", "192.168.1.23", {}).selection.profile, "192.168.1.23");
  assert.equal(readRequest("evidence", undefined, { host: "2001:db8::1" }).selection.profile, "2001:db8::1");
  assert.throws(() => readRequest("host", "office-pc", {}), says(/^office-pc is no IP address/));
  assert.throws(() => readRequest("host", undefined, {}), says(/needs an IP address/));
  assert.throws(
    () => readRequest("hosts", undefined, { window: "1" }),
    says(/^--host and --window do not narrow hosts/),
  );
});

Deno.test("a kind is one of records or of findings, by what is shown", () => {
  assert.equal(readRequest("flows", undefined, { kind: "dns" }).kind, "dns");
  assert.equal(readRequest("evidence", undefined, { kind: "arp_scan" }).type, "arp_scan");
  assert.throws(
    () => readRequest("flows", undefined, { kind: "arp_scan" }),
    says(/^There is no kind of record arp_scan/),
  );
  assert.throws(() => readRequest("evidence", undefined, { kind: "dns" }), says(/^There is no type of finding dns/));
  assert.throws(() => readRequest("hosts", undefined, { kind: "dns" }), says(/^--kind narrows flows/));
});

Deno.test("limits and windows are whole numbers", () => {
  assert.equal(readRequest("alerts", undefined, { limit: "3", window: "-1" }).selection.window, -1);
  for (const limit of ["0", "-1", "1.5", "many", "", "1e9"]) {
    assert.throws(() => readRequest("alerts", undefined, { limit }), says(/must be a whole number from 1/), limit);
  }
  assert.throws(() => readRequest("alerts", undefined, { window: "two" }), says(/must be a whole number\.$/));
});
