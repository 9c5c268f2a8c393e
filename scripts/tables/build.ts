/**
 * Builds the tables in config/tables/ that come from Debian's packages `netbase` (IANA's service names) and `ieee-data`
 * (IEEE's MAC address blocks):
 *
 *     apt-get install netbase ieee-data
 *     deno run --allow-read --allow-write scripts/tables/build.ts [/etc/services] [/usr/share/ieee-data]
 *
 * The same input gives the same bytes. The other tables there are written by hand; config/tables/README.md has the
 * sources of all.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { macVendorTable } from "./mac-vendors.ts";
import { servicesTable } from "./services.ts";

const IEEE_LISTS = ["oui.csv", "mam.csv", "oui36.csv", "iab.csv"];

const SERVICES_HEADER = [
  "# Names of TCP and UDP ports in IANA's service name and port number registry, as Debian's netbase packages it.",
  "# Built by scripts/tables/build.ts: do not edit; services-supplement.tsv adds to it and corrects it.",
  "# port\tprotocol\tname",
];

const [servicesPath = "/etc/services", ieeePath = "/usr/share/ieee-data"] = Deno.args;
const tables = fileURLToPath(new URL("../../config/tables/", import.meta.url));

const services = servicesTable(readFileSync(servicesPath, "utf8"));
writeFileSync(`${tables}services.tsv`, [...SERVICES_HEADER, ...services, ""].join("\n"));

const vendors = macVendorTable(IEEE_LISTS.map((name) => readFileSync(`${ieeePath}/${name}`, "utf8")));
writeFileSync(`${tables}mac-vendors.bin`, vendors);

console.log(`services.tsv: ${services.length} ports; mac-vendors.bin: ${vendors.length} bytes`);
