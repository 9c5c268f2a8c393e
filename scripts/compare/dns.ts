// DNS: who asked for what, and what the answer was.

import { distinct, type Facts, state } from "./facts.ts";
import { endsOfRecord, recordsOf, textOf } from "./records.ts";
import { END_FIELDS, endsOf, tshark } from "./tshark.ts";

const FIELDS = [
  ...END_FIELDS,
  ...["dns.flags.response", "dns.id", "dns.qry.name", "dns.qry.type", "dns.flags.rcode", "dns.a", "dns.aaaa"],
  ...["dns.count.answers", "dns.resp.type"],
];
/** Types of the records that hold addresses. */
const A = "1", AAAA = "28";

export function dnsOfTshark(capture: string): Facts {
  const facts: Facts = new Map();
  for (const row of tshark(capture, "(dns || mdns || llmnr) && !icmp && !icmpv6", FIELDS)) {
    const { from, to } = endsOf(row);
    const response = row("dns.flags.response")[0] === "1" || row("dns.flags.response")[0] === "True";
    const [client, server] = response ? [to, from] : [from, to];
    const id = Number(row("dns.id")[0]);
    // Of several questions in one message, the record keeps the last.
    const name = nameText(row("dns.qry.name").at(-1));
    state(facts, "question", client, server, id, name, row("dns.qry.type").at(-1));
    if (!response || server.endsWith(":5353")) continue;
    state(facts, "response code", client, id, name, Number(row("dns.flags.rcode")[0]));
    // Both fields hold the addresses of all sections; those of the answers come first.
    const types = row("dns.resp.type").slice(0, Number(row("dns.count.answers")[0]));
    const count = (type: string) => types.filter((each) => each === type).length;
    const addresses = [...row("dns.a").slice(0, count(A)), ...row("dns.aaaa").slice(0, count(AAAA))];
    if (addresses.length > 0) state(facts, "addresses", client, id, name, addresses.sort().join(","));
  }
  distinct(facts, "question", "response code", "addresses");
  return facts;
}

export async function dnsOfOurs(capture: string): Promise<Facts> {
  const facts: Facts = new Map();
  for (const record of await recordsOf(capture, "dns")) {
    const { orig, resp } = endsOfRecord(record);
    if (resp.endsWith(":137")) continue;
    const id = textOf(record, "trans_id");
    const name = nameText(textOf(record, "query"));
    state(facts, "question", orig, resp, id, name, textOf(record, "qtype"));
    if (record.rcode === undefined || resp.endsWith(":5353")) continue;
    state(facts, "response code", orig, id, name, textOf(record, "rcode"));
    const answers = (record.answers as string[] | undefined) ?? [];
    const addresses = answers.filter((answer) => /^[0-9.]+$|^[0-9a-f:.]*:[0-9a-f:.]*$/.test(answer));
    if (addresses.length > 0) state(facts, "addresses", orig, id, name, addresses.sort().join(","));
  }
  distinct(facts, "question", "response code", "addresses");
  return facts;
}

/** Names are alike in either case; the root has none in a record. */
function nameText(name: string | undefined): string | undefined {
  return name === undefined ? undefined : name === "<Root>" || name === "" ? "." : name.toLowerCase();
}
