// Which servers are known to resolve names over HTTPS (DoH, RFC 8484), by the name asked for or the address.

import resolverTable from "../../../config/tables/doh-resolvers.tsv" with { type: "text" };

const HTTPS_PORT = 443;
const NAMES = new Set<string>();
const ADDRESSES = new Set<string>();
for (const line of resolverTable.split("\n")) {
  const [kind, value] = line.split("\t");
  if (kind === "name") NAMES.add(value!);
  else if (kind === "ip") ADDRESSES.add(value!);
}

/** Labels of a name that are tried as a resolver's name, counted from the end. */
const MAX_LABELS = 8;

/** True when the server name is a known resolver's or below one, or the address and port are a known resolver's. */
export function isKnownResolver(serverName: string | undefined, address: string, port: number): boolean {
  if (port === HTTPS_PORT && ADDRESSES.has(address)) return true;
  if (serverName === undefined) return false;
  const known = seen.get(serverName);
  if (known !== undefined) return known;
  if (seen.size >= SEEN_LIMIT) seen.clear();
  const is = isBelowResolver(serverName.toLowerCase());
  seen.set(serverName, is);
  return is;
}

/** Names asked about lately: the same few are asked about again and again. */
const seen = new Map<string, boolean>();
const SEEN_LIMIT = 8192;

function isBelowResolver(name: string): boolean {
  for (let labels = 1, start = name.length; labels <= MAX_LABELS && start > 0; labels++) {
    const dot = name.lastIndexOf(".", start - 1);
    if (NAMES.has(name.slice(dot + 1))) return true;
    start = dot;
  }
  return false;
}
