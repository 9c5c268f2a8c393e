// Questions to the DNS server that the user has chosen.

import { formatIPv4, parseAddress } from "../../record/address-text.ts";
import { LookupFailure } from "./http.ts";
import type { LookupSettings } from "./service.ts";

/**
 * The answers of one type for a name; none when it does not exist.
 * @throws {LookupFailure} when the server does not answer.
 */
export async function resolve(name: string, type: "A" | "PTR", { dns, timeout }: LookupSettings): Promise<string[]> {
  const server = `the DNS server ${serverName(dns)}`;
  try {
    return await Deno.resolveDns(name, type, {
      nameServer: { ipAddr: dns.ip, port: dns.port },
      signal: AbortSignal.timeout(timeout * 1000),
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    const slow = error instanceof DOMException || error instanceof Deno.errors.TimedOut;
    throw new LookupFailure(
      slow ? `${server} did not answer within ${timeout} s` : `${server} does not answer`,
      "failed",
    );
  }
}

/** "192.0.2.53:53", "[2001:db8::53]:53". */
export function serverName({ ip, port }: LookupSettings["dns"]): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

const words = new Uint32Array(4);

/**
 * An address as the DNS writes it under a zone: octets (IPv4) or digits (IPv6) from last to first (RFC 1035 section 3.5,
 * RFC 3596 section 2.5, RFC 5782 section 2.4). Undefined for text that is no address.
 */
export function reversed(ip: string): { labels: string; family: 4 | 6 } | undefined {
  const family = parseAddress(ip, words);
  if (family === 0) return undefined;
  if (family === 4) return { labels: formatIPv4(words[0]!).split(".").reverse().join("."), family };
  const digits = Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
  return { labels: [...digits].reverse().join("."), family };
}
