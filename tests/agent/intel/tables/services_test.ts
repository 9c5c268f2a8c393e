// Names of ports, as they appear in reports and decide whether a port is strange.

import assert from "node:assert/strict";
import registered from "../../../../config/tables/services.tsv" with { type: "text" };
import supplement from "../../../../config/tables/services-supplement.tsv" with { type: "text" };
import { isKnownPort, serviceName } from "../../../../agent/intel/tables/services.ts";
import { portKeys, tableRows } from "../../../../agent/intel/tables/tsv.ts";

Deno.test("everyday services have the names that reports use", () => {
  const everyday: [number, string, string][] = [
    [80, "tcp", "http"],
    [81, "tcp", "http-alt"],
    [8080, "tcp", "http-alt"],
    [443, "tcp", "https"],
    [443, "udp", "https"],
    [3389, "tcp", "rdp"],
    [22, "tcp", "ssh"],
    [53, "udp", "domain"],
    [123, "udp", "ntp"],
    [143, "tcp", "imap"],
    [445, "tcp", "microsoft-ds"],
    [853, "tcp", "domain-s"],
    [1900, "udp", "ssdp"],
    [5353, "udp", "mdns"],
    [51820, "udp", "wireguard"],
  ];
  for (const [port, protocol, name] of everyday) {
    assert.equal(serviceName(port, protocol), name);
    assert.equal(isKnownPort(port, protocol), true);
  }
});

Deno.test("what is usual over one protocol is not thereby usual over the other", () => {
  assert.equal(isKnownPort(1900, "tcp"), false);
  assert.equal(isKnownPort(3306, "udp"), false);
  assert.equal(isKnownPort(80, "icmp"), false);
  assert.equal(serviceName(80, "sctp"), undefined);
});

Deno.test("ports that malware likes and nobody registered are unknown", () => {
  for (const port of [0, 1337, 4444, 4445, 5554, 7777, 9001, 27374, 31337, 65535]) {
    assert.equal(isKnownPort(port, "tcp"), false, `${port}`);
    assert.equal(serviceName(port, "tcp"), undefined);
  }
});

Deno.test("ranges in the supplement hold both their ends", () => {
  assert.deepEqual([6880, 6881, 6889, 6890].map((port) => serviceName(port, "udp")), [
    undefined,
    "bittorrent",
    "bittorrent",
    undefined,
  ]);
  assert.equal(serviceName(27016, "tcp"), "steam");
  assert.equal(serviceName(27017, "tcp"), "mongodb");
});

Deno.test("the built table is sorted, without doubles, and names like IANA's", () => {
  let previous = -1;
  for (const [port, protocol, name] of tableRows("services.tsv", registered, 3)) {
    const order = Number(port) * 2 + (protocol === "udp" ? 1 : 0);
    assert.ok(order > previous, `${port}/${protocol}`);
    assert.match(name!, /^[A-Za-z0-9_-]+$/);
    previous = order;
  }
});

Deno.test("each line of the supplement tells something that the built table does not, and says where it is from", () => {
  const built = new Map<number, string>();
  for (const [port, protocol, name] of tableRows("services.tsv", registered, 3)) {
    for (const key of portKeys("", port!, protocol!)) built.set(key, name!);
  }
  for (const [ports, protocols, name, source] of tableRows("services-supplement.tsv", supplement, 4)) {
    assert.ok(
      portKeys("", ports!, protocols!).every((key) => built.get(key) !== name),
      `${ports} ${name} is there already`,
    );
    assert.match(source!, /\S/);
  }
});

Deno.test("a mistake in a table is named with its line", () => {
  assert.throws(() => tableRows("t.tsv", "# port\tname\n80\thttp\n81\n", 2), {
    message: "t.tsv, line 3: 1 columns, not 2",
  });
  for (const ports of ["", "0", "65536", "90-80", "1-2-3", "x"]) assert.throws(() => portKeys("t.tsv", ports, "tcp"));
  assert.throws(() => portKeys("t.tsv", "80", "tcp,icmp"), { message: "t.tsv: no protocol: icmp" });
});
