/**
 * The services table from netbase's /etc/services: the part that netbase takes from IANA's registry, tcp and udp, one
 * name a port. netbase says in a comment where its own additions begin; they are left out.
 */

/** The comment line in /etc/services after which the ports are no longer IANA's. */
const END_OF_IANA = "not as allocated by IANA";

const ENTRY = /^([^\s#]+)\s+(\d{1,5})\/(tcp|udp)(?:\s|$)/;

/** The lines of services.tsv, without a header, from the text of /etc/services. Throws when the text is not what it should be. */
export function servicesTable(text: string): string[] {
  const end = text.indexOf(END_OF_IANA);
  if (end < 0) throw new Error(`no line says "${END_OF_IANA}": this is not netbase's /etc/services`);
  const names = new Map<string, string>();
  for (const line of text.slice(0, end).split("\n")) {
    const [, name, port, protocol] = ENTRY.exec(line) ?? [];
    if (name === undefined) continue;
    const key = `${port}\t${protocol}`;
    if (!names.has(key)) names.set(key, name);
  }
  return [...names].map(([key, name]) => `${key}\t${name}`).sort(byPortThenProtocol);
}

function byPortThenProtocol(a: string, b: string): number {
  return parseInt(a) - parseInt(b) || (a < b ? -1 : 1);
}
