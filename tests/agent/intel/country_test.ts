// Countries of addresses, from databases of the usual forms.

import assert from "node:assert/strict";
import { openCountry } from "../../../agent/intel/country.ts";
import { mmdb } from "./mmdb-file.ts";

const bitsOf = (ip: string): string =>
  ip.split(".").map((octet) => Number(octet).toString(2).padStart(8, "0")).join("");

Deno.test("the country, or where the network is registered, in the spelling of each publisher", () => {
  const countryOf = openCountry(mmdb([
    [bitsOf("1.0.0.0"), { country: { iso_code: "AU", names: { en: "Australia" } } }],
    [bitsOf("2.0.0.0"), { registered_country: { iso_code: "FR" } }],
    [bitsOf("3.0.0.0"), { country: "US" }],
    [bitsOf("4.0.0.0"), { country_code: "DE", continent: "EU" }],
    [bitsOf("5.0.0.0"), { country: "Atlantis" }],
    [bitsOf("6.0.0.0"), "US"],
  ], { ipVersion: 4 }));
  const asked = ["1.0.0.0", "2.0.0.0", "3.0.0.0", "4.0.0.0", "5.0.0.0", "6.0.0.0", "7.0.0.0", "no address"];
  const countries = ["AU", "FR", "US", "DE", undefined, undefined, undefined, undefined];
  assert.deepEqual(asked.map(countryOf), countries);
  // And once more, from what is remembered.
  assert.deepEqual(asked.map(countryOf), countries);
});

Deno.test("what is no database is said", () => {
  assert.throws(() => openCountry(new Uint8Array(100)), /no MaxMind database/);
});
