// The settings of look-ups: everything is off until the user switches it on.

import { SERVICES } from "./question.ts";

/** A service's switch: what it is asked, and where to read who gets to know what. */
function service(meaning: string) {
  return { value: false, unit: "", meaning: `${meaning} (docs/privacy.md)` } as const;
}

function perMinute(value: number, name: string) {
  return {
    value,
    unit: "requests per minute",
    meaning: `how often ${name} is asked at most`,
    minimum: 0.1,
    maximum: 6000,
  } as const;
}

function keyFile(name: string) {
  return {
    value: "",
    unit: "",
    meaning: `file that holds the key for ${name}, and nothing else; empty: none`,
  } as const;
}

export const ENRICHMENT_SETTINGS = {
  country_database: {
    value: "",
    unit: "",
    meaning: "MaxMind database (.mmdb) with the countries of addresses; empty: none",
  },
  reverse_dns: service("ask the DNS for the names of addresses that a detector wonders about"),
  reverse_dns_per_minute: perMinute(60, "the DNS server for names"),
  rdap: service("ask registries when a domain was registered"),
  rdap_per_minute: perMinute(10, "each run's registries"),
  rdap_servers: {
    value: [] as readonly string[],
    unit: "",
    meaning: "RDAP servers of further top-level domains, as cz=https://rdap.nic.cz/; the largest are known",
  },
  urlhaus: service("ask URLhaus of abuse.ch about URLs and files that were downloaded"),
  urlhaus_per_minute: perMinute(30, "URLhaus"),
  urlhaus_key_file: keyFile("abuse.ch (https://auth.abuse.ch/, free)"),
  hashlookup: service("ask CIRCL hashlookup about files that were downloaded"),
  hashlookup_per_minute: perMinute(60, "CIRCL hashlookup"),
  spamhaus: service("ask Spamhaus, by DNS, about addresses that come to us"),
  spamhaus_per_minute: perMinute(60, "Spamhaus"),
  virustotal: service("ask VirusTotal about files, URLs and addresses; needs a key"),
  virustotal_per_minute: perMinute(4, "VirusTotal"),
  virustotal_per_day: {
    value: 500,
    unit: "requests per day",
    meaning: "how often VirusTotal is asked at most",
    minimum: 1,
  },
  virustotal_key_file: keyFile("VirusTotal"),
  jarm: service("greet suspicious TLS servers ten times to find out which program they are"),
  jarm_per_minute: perMinute(2, "such servers"),
  dns_server: {
    value: "",
    unit: "",
    meaning: "DNS server for these questions, as 192.0.2.53 or 192.0.2.53:5353; empty: the first of /etc/resolv.conf",
  },
  timeout: {
    value: 5,
    unit: "seconds",
    meaning: "a service that has not answered after this long has failed",
    minimum: 1,
    maximum: 60,
  },
  wait_at_end: {
    value: 20,
    unit: "seconds",
    meaning: "how long a run over files that may ask (--online) waits for answers at its end",
    minimum: 0,
    maximum: 3600,
  },
} as const;

/** Values of the settings. */
export type EnrichmentSettings = {
  -readonly [K in keyof typeof ENRICHMENT_SETTINGS]: typeof ENRICHMENT_SETTINGS[K]["value"] extends boolean ? boolean
    : typeof ENRICHMENT_SETTINGS[K]["value"] extends number ? number
    : typeof ENRICHMENT_SETTINGS[K]["value"] extends readonly string[] ? readonly string[]
    : string;
};

/** The services that are switched on. */
export function servicesOn(settings: EnrichmentSettings): typeof SERVICES[number][] {
  return SERVICES.filter((name) => settings[name]);
}
