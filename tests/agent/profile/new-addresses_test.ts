// Hosts are told once when they appear, and again after a while.

import assert from "node:assert/strict";
import { createNewAddresses } from "../../../agent/profile/new-addresses.ts";
import { conn } from "../../detectors/harness.ts";

Deno.test("both ends of a record are new once in a period; what is no host is never told", () => {
  const hosts = createNewAddresses(3600);
  const record = conn({ orig_h: "10.0.0.5", resp_h: "93.184.216.34" });
  hosts.note(record, 0);
  assert.deepEqual(hosts.take(), ["10.0.0.5", "93.184.216.34"]);
  hosts.note(record, 3599);
  assert.deepEqual(hosts.take(), []);
  hosts.note(record, 3600);
  assert.deepEqual(hosts.take(), ["10.0.0.5", "93.184.216.34"]);
  for (const resp_h of ["224.0.0.251", "127.0.0.1", "fe80::1", "ff02::fb", "0.0.0.0"]) {
    hosts.note(conn({ orig_h: "10.0.0.5", resp_h }), 3601);
  }
  assert.deepEqual(hosts.take().filter((ip) => ip !== "0.0.0.0"), []);
});
