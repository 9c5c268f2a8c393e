// RDAP: when a domain was registered, asked at the registry of its top-level domain (RFC 9082, RFC 9083).

import { getDomain } from "tldts";
import { askJson } from "../http.ts";
import { hostOf, type LookupSettings, memberOf, type ServiceDefinition, textOf, wordsOf } from "../service.ts";

/**
 * RDAP servers by top-level domain: the largest of IANA's bootstrap registry (https://data.iana.org/rdap/dns.json,
 * RFC 9224). Others can be named in the configuration; a domain whose server is not known is not asked for.
 */
const SERVERS: Readonly<Record<string, readonly string[]>> = {
  "https://rdap.verisign.com/com/v1/": ["com"],
  "https://rdap.verisign.com/net/v1/": ["net"],
  "https://rdap.publicinterestregistry.org/rdap/": ["org"],
  "https://rdap.identitydigital.services/rdap/": ["info", "ai", "run", "tools", "training", "systems", "codes"],
  "https://rdap.nic.biz/": ["biz"],
  "https://pubapi.registry.google/rdap/": ["app", "dev", "page", "day"],
  "https://rdap.centralnic.com/xyz/": ["xyz"],
  "https://rdap.radix.host/rdap/": ["online", "store", "site", "tech"],
  "https://rdap.gmoregistry.net/rdap/": ["shop"],
  "https://rdap.nominet.uk/uk/": ["uk"],
  "https://rdap.registro.br/": ["br"],
  "https://rdap.pandi.id/rdap/": ["id"],
};

function serversOf({ rdap }: LookupSettings): ReadonlyMap<string, string> {
  const servers = new Map(Object.entries(SERVERS).flatMap(([url, tlds]) => tlds.map((tld) => [tld, url] as const)));
  for (const [tld, url] of Object.entries(rdap)) servers.set(tld.toLowerCase(), url.endsWith("/") ? url : `${url}/`);
  return servers;
}

/** The domain that somebody registered: one label more than the public suffix of the name; undefined where there is none. */
export function registeredDomain(name: string): string | undefined {
  return getDomain(name, { allowPrivateDomains: false, validateHostname: false }) ?? undefined;
}

export const RDAP: ServiceDefinition = {
  name: "rdap",
  perMinute: 10,
  hosts: (settings) => [...new Set([...serversOf(settings).values()].map(hostOf))],
  answers: (question) => question.ask === "domain" && registeredDomain(question.domain) !== undefined,
  async ask(question, settings) {
    const domain = question.ask === "domain" ? registeredDomain(question.domain) : undefined;
    if (domain === undefined) return {};
    const server = serversOf(settings).get(domain.slice(domain.lastIndexOf(".") + 1));
    if (server === undefined) return {};
    const answer = await askJson({
      method: "GET",
      url: `${server}domain/${encodeURIComponent(domain)}`,
      headers: { accept: "application/rdap+json, application/json" },
    }, settings.timeout);
    const at = registration(memberOf(answer, "events"));
    const registrar = registrarOf(memberOf(answer, "entities"));
    if (at === undefined) return {};
    return { registered: { domain, at, ...registrar === undefined ? {} : { registrar } } };
  },
};

/** Unix seconds of the event "registration" (RFC 9083 section 4.5, values of RFC 9083 section 10.2.3). */
function registration(events: unknown): number | undefined {
  if (!Array.isArray(events)) return undefined;
  const event = events.find((each) => textOf(each, "eventAction")?.toLowerCase() === "registration");
  const time = Date.parse(textOf(event, "eventDate") ?? "");
  return Number.isFinite(time) ? time / 1000 : undefined;
}

/** The name of the entity with the role "registrar": the "fn" of its jCard (RFC 7095). */
function registrarOf(entities: unknown): string | undefined {
  if (!Array.isArray(entities)) return undefined;
  const entity = entities.find((each) => {
    const roles = memberOf(each, "roles");
    return Array.isArray(roles) && roles.includes("registrar");
  });
  const card = memberOf(entity, "vcardArray");
  const fields = Array.isArray(card) ? card[1] : undefined;
  const name = Array.isArray(fields) ? fields.find((field) => Array.isArray(field) && field[0] === "fn") : undefined;
  return typeof name?.[3] === "string" ? wordsOf(name[3]) : undefined;
}
