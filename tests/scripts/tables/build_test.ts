// How the tables are made from /etc/services and IEEE's lists.

import assert from "node:assert/strict";
import { findVendor, unpackVendors } from "../../../agent/intel/tables/mac-vendors.ts";
import { macVendorTable } from "../../../scripts/tables/mac-vendors.ts";
import { servicesTable } from "../../../scripts/tables/services.ts";

const SERVICES = `# Network services
ssh\t\t22/tcp\t\t\t\t# remote login
domain\t\t53/udp
domain\t\t53/tcp
http\t\t80/tcp\t\twww
second\t\t80/tcp
amqp\t\t5672/sctp
rtmp\t\t1/ddp
# The remaining port numbers are not as allocated by IANA.
kerberos4\t750/udp\tkdc
`;

Deno.test("of /etc/services only IANA's TCP and UDP ports are taken, sorted, first name of each", () => {
  assert.deepEqual(servicesTable(SERVICES), ["22\ttcp\tssh", "53\ttcp\tdomain", "53\tudp\tdomain", "80\ttcp\thttp"]);
});

Deno.test("a services file of another origin is refused, since nobody says which part of it is IANA's", () => {
  assert.throws(() => servicesTable("ssh 22/tcp\n"), /not netbase's/);
});

const HEADER = "Registry,Assignment,Organization Name,Organization Address\r\n";
const LARGE =
  `${HEADER}MA-L,001B63,"Apple, Inc.","1 Infinite Loop ""Cupertino"" US"\r\nMA-L,70B3D5,IEEE Registration Authority,US\r\n` +
  `MA-L,FCFFFF,Größe  und\tTochter ,DE\r\nMA-L,080030,Zweite,DE\r\nMA-L,080030,Erste,CH\r\n`;
const MEDIUM = `${HEADER}MA-M,741AE09,Private,\r\nMA-M,2085930,First half,\r\nMA-M,208593F,Last part,\r\n`;
const SMALL = `${HEADER}MA-S,70B3D5F2F,"Multi\r\nline",x\r\n`;

Deno.test("a packed list answers for every block in it and for nothing beside", () => {
  const vendors = unpackVendors(macVendorTable([LARGE, MEDIUM, SMALL]));
  const ask = (mac: string) => findVendor(vendors, mac);
  assert.equal(ask("00:1b:63:00:00:00"), "Apple, Inc.");
  assert.equal(ask("00:1b:63:ff:ff:ff"), "Apple, Inc.");
  assert.equal(ask("00:1b:62:ff:ff:ff"), undefined);
  assert.equal(ask("00:1b:64:00:00:00"), undefined);
  assert.equal(ask("fc:ff:ff:00:00:01"), "Größe und Tochter");
  assert.equal(ask("08:00:30:00:00:01"), "Erste");
  assert.equal(ask("20:85:93:0f:ff:ff"), "First half");
  assert.equal(ask("20:85:93:10:00:00"), undefined);
  assert.equal(ask("20:85:93:ff:ff:ff"), "Last part");
  assert.equal(ask("70:b3:d5:f2:ff:ff"), "Multi line");
  assert.equal(ask("70:b3:d5:f3:00:00"), undefined);
  assert.equal(ask("74:1a:e0:90:00:00"), undefined);
});

Deno.test("the order of the lists does not change a byte", () => {
  assert.deepEqual(macVendorTable([SMALL, LARGE, MEDIUM]), macVendorTable([LARGE, MEDIUM, SMALL]));
});

Deno.test("a list with a broken line is refused", () => {
  assert.throws(() => macVendorTable([`${HEADER}MA-L,001B,short,\r\n`]), /001B/);
  assert.throws(() => macVendorTable([`${HEADER}MA-L,00ZZ63,not a number,\r\n`]), /00ZZ63/);
  assert.throws(() => macVendorTable([`${HEADER}MA-L,001B63,"never closed\r\n`]), /never closed/);
});
