// What look-ups need of the configuration: keys from their files, the DNS server, RDAP servers.

import { createHash } from "node:crypto";
import { InputError, systemReason } from "./errors.ts";
import type { LookupSettings } from "./intel/enrich/service.ts";
import type { EnrichmentSettings } from "./intel/enrich/settings.ts";
import { isAddress } from "./record/address.ts";

const DNS_PORT = 53;

/**
 * What the look-up threads are told. `addresses`: where services are, if not at their own addresses.
 * @throws {InputError} when a setting cannot be used.
 */
export function lookupSettings(settings: EnrichmentSettings, addresses: LookupSettings["addresses"]): LookupSettings {
  const keys: LookupSettings["keys"] = {};
  if (settings.urlhaus && settings.urlhaus_key_file !== "") keys.urlhaus = keyIn(settings.urlhaus_key_file);
  if (settings.virustotal) {
    if (settings.virustotal_key_file === "") {
      throw new InputError("VirusTotal needs a key: name the file that holds it in enrichment.virustotal_key_file.");
    }
    keys.virustotal = keyIn(settings.virustotal_key_file);
  }
  return {
    timeout: settings.timeout,
    dns: dnsServer(settings),
    keys,
    rdap: rdapServers(settings.rdap_servers),
    ...addresses === undefined ? {} : { addresses },
  };
}

/** Services whose limits count by key. */
const COUNTED_BY_KEY = ["urlhaus", "virustotal"] as const;
/** Digits of a key's hash: enough to tell keys apart, of no use to anybody else. */
const HASH_DIGITS = 16;

/** Hashes of the keys in use, by service: who has the same key shares its limits. */
export function serviceKeyHashes(settings: EnrichmentSettings): Record<string, string> {
  return Object.fromEntries(
    COUNTED_BY_KEY.filter((name) => settings[name] && settings[`${name}_key_file`] !== "").map((name) => {
      const hash = createHash("sha256").update(`${name} ${keyIn(settings[`${name}_key_file`])}`).digest("hex");
      return [name, hash.slice(0, HASH_DIGITS)];
    }),
  );
}

/** A key as HTTP headers can carry it. */
const KEY = /^[\x21-\x7e]{1,256}$/;

function keyIn(file: string): string {
  let text: string;
  try {
    text = Deno.readTextFileSync(file).trim();
  } catch (error) {
    throw new InputError(`The key file ${file} cannot be read: ${systemReason(error)}.`);
  }
  // The sentence must not show what is in it.
  if (!KEY.test(text)) throw new InputError(`The key file ${file} must hold a key and nothing else.`);
  return text;
}

function rdapServers(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(list.map((item) => {
    const [tld = "", url = ""] = item.split(/=(.*)/s);
    if (!/^[a-z0-9-]+$/i.test(tld) || !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
      throw new InputError(
        `enrichment.rdap_servers holds ${item}; right would be one such as cz=https://rdap.nic.cz/.`,
      );
    }
    return [tld.toLowerCase(), url];
  }));
}

/** The server named, or the first that the system uses. */
function dnsServer({ dns_server, reverse_dns, spamhaus }: EnrichmentSettings): LookupSettings["dns"] {
  const named = dns_server === "" ? systemDnsServer() : dns_server;
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([0-9.]+|[0-9a-fA-F:.]+?))(?::(\d{1,5}))?$/.exec(named) ?? [];
  const ip = isAddress(named) ? named : bracketed ?? plain ?? "";
  if (isAddress(ip)) return { ip, port: isAddress(named) || port === undefined ? DNS_PORT : Number(port) };
  if (!reverse_dns && !spamhaus) return { ip: "127.0.0.1", port: DNS_PORT };
  throw new InputError(
    dns_server === ""
      ? "There is no DNS server in /etc/resolv.conf; name one in enrichment.dns_server."
      : `enrichment.dns_server is ${dns_server}; right would be an address such as 192.0.2.53 or 192.0.2.53:5353.`,
  );
}

function systemDnsServer(): string {
  try {
    return /^\s*nameserver\s+(\S+)/m.exec(Deno.readTextFileSync("/etc/resolv.conf"))?.[1] ?? "";
  } catch {
    return "";
  }
}
