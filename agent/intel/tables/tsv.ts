/** Reading of the hand-kept tables in config/tables/: tab-separated columns, "#" begins a comment line. */

/** One more than the highest port; also the distance between the two protocols' keys. */
const PORTS = 65_536;

/** The lines of a table as columns. A line with another number of columns is a mistake in the table, and thrown. */
export function tableRows(table: string, text: string, columns: number): string[][] {
  const rows: string[][] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const row = line.split("\t");
    if (row.length !== columns) throw new Error(`${table}, line ${index + 1}: ${row.length} columns, not ${columns}`);
    rows.push(row);
  }
  return rows;
}

/** One number for a port of a protocol, or -1 when the protocol has no ports in the tables. */
export function portKey(port: number, protocol: string): number {
  if (protocol === "tcp") return port;
  return protocol === "udp" ? PORTS + port : -1;
}

/** The keys of all ports that a row names: `ports` is "80" or "6881-6889", `protocols` is "tcp", "udp" or "tcp,udp". */
export function portKeys(table: string, ports: string, protocols: string): number[] {
  const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(ports) ?? [];
  const first = Number(from);
  const last = Number(to ?? from);
  if (!(first >= 1 && first <= last && last < PORTS)) throw new Error(`${table}: no port or range: ${ports}`);
  const keys: number[] = [];
  for (const protocol of protocols.split(",")) {
    if (portKey(0, protocol) < 0) throw new Error(`${table}: no protocol: ${protocol}`);
    for (let port = first; port <= last; port++) keys.push(portKey(port, protocol));
  }
  return keys;
}
