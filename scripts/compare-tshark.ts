// Compares our records of DNS, TLS, HTTP and DHCP with what tshark says about the same captures, and prints a table.
// Needs tshark (Debian: apt-get install tshark).
//
//   deno run --allow-all scripts/compare-tshark.ts [--differences 5] CAPTURE...

import { parseArgs } from "node:util";
import { dhcpOfOurs, dhcpOfTshark } from "./compare/dhcp.ts";
import { dnsOfOurs, dnsOfTshark } from "./compare/dns.ts";
import { type Agreement, agreements, type Facts } from "./compare/facts.ts";
import { httpOfOurs, httpOfTshark } from "./compare/http.ts";
import { tlsOfOurs, tlsOfTshark } from "./compare/tls.ts";

interface Protocol {
  readonly name: string;
  readonly ofTshark: (capture: string) => Facts;
  readonly ofOurs: (capture: string) => Promise<Facts>;
}

const PROTOCOLS: readonly Protocol[] = [
  { name: "DNS", ofTshark: dnsOfTshark, ofOurs: dnsOfOurs },
  { name: "TLS", ofTshark: tlsOfTshark, ofOurs: tlsOfOurs },
  { name: "HTTP", ofTshark: httpOfTshark, ofOurs: httpOfOurs },
  { name: "DHCP", ofTshark: dhcpOfTshark, ofOurs: dhcpOfOurs },
];

const { values, positionals } = parseArgs({
  options: { differences: { type: "string", default: "0" } },
  allowPositionals: true,
});
const shown = Number(values.differences);
if (positionals.length === 0 || !Number.isSafeInteger(shown)) {
  console.error("Name the captures to compare, and with --differences how many differences of each field to print.");
  Deno.exit(2);
}

const totals = new Map<string, { tshark: number; ours: number; same: number }>();
for (const capture of positionals) {
  for (const protocol of PROTOCOLS) {
    for (const agreement of agreements(protocol.ofTshark(capture), await protocol.ofOurs(capture))) {
      add(`${protocol.name} ${agreement.field}`, agreement);
      tellDifferences(capture, protocol.name, agreement);
    }
  }
}
console.log(`| field | tshark | ours | the same |\n| --- | --: | --: | --: |`);
for (const [field, { tshark, ours, same }] of totals) {
  console.log(`| ${field} | ${tshark} | ${ours} | ${same} |`);
}

function add(field: string, { tshark, ours, same }: Agreement): void {
  const total = totals.get(field) ?? { tshark: 0, ours: 0, same: 0 };
  totals.set(field, { tshark: total.tshark + tshark, ours: total.ours + ours, same: total.same + same });
}

function tellDifferences(capture: string, protocol: string, { field, onlyTshark, onlyOurs }: Agreement): void {
  for (const statement of onlyTshark.slice(0, shown)) {
    console.log(`${capture}: ${protocol} ${field}: tshark only: ${statement}`);
  }
  for (const statement of onlyOurs.slice(0, shown)) {
    console.log(`${capture}: ${protocol} ${field}: ours only: ${statement}`);
  }
}
