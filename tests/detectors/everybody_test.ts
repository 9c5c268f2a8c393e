// Packets for everybody.

import assert from "node:assert/strict";
import { isForEverybody } from "../../detectors/everybody.ts";
import { conn } from "./harness.ts";

function forEverybody(resp_h: string, proto = "udp", resp_pkts: number | undefined = 0): boolean {
  return isForEverybody(conn({ orig_h: "192.168.1.10", resp_h, proto, resp_pkts }));
}

Deno.test("broadcast and multicast are for everybody, by any protocol", () => {
  for (const ip of ["255.255.255.255", "0.0.0.0", "224.0.0.251", "239.255.255.250", "ff02::fb"]) {
    assert(forEverybody(ip), ip);
    assert(forEverybody(ip, "tcp", 5), ip);
  }
});

Deno.test("the last address of a network is for everybody as long as nobody answers and it is UDP", () => {
  assert(forEverybody("147.32.83.255"));
  assert(forEverybody("147.32.83.255", "udp", undefined));
  assert(!forEverybody("147.32.83.255", "udp", 1), "a host, then");
  assert(!forEverybody("147.32.83.255", "tcp"));
  assert(!forEverybody("147.32.83.25"));
  assert(!forEverybody("192.168.1.2"));
});
