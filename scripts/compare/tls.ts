// TLS: which server was asked for, and both sides' fingerprints.

import { distinct, type Facts, state } from "./facts.ts";
import { endsOfRecord, recordsOf, textOf } from "./records.ts";
import { END_FIELDS, endsOf, tshark } from "./tshark.ts";

const FIELDS = [...END_FIELDS, "tls.handshake.extensions_server_name", "tls.handshake.ja3", "tls.handshake.ja3s"];
const CLIENT_HELLO = "tls.handshake.type == 1";
/** Not the one that asks for another hello: its random is fixed (RFC 8446 section 4.1.3). */
const SERVER_HELLO = "tls.handshake.type == 2 && !(tls.handshake.random[0:4] == cf:21:ad:74)";

export function tlsOfTshark(capture: string): Facts {
  const facts: Facts = new Map();
  const seen = new Set<string>();
  for (const row of tshark(capture, CLIENT_HELLO, FIELDS)) {
    const { from, to } = endsOf(row);
    // A second hello of the same client answers a request to try again; records have the first.
    if (seen.has(`${from} ${to}`)) continue;
    seen.add(`${from} ${to}`);
    state(facts, "server name", from, to, row("tls.handshake.extensions_server_name")[0]);
    state(facts, "JA3", from, to, row("tls.handshake.ja3")[0]);
  }
  for (const row of tshark(capture, SERVER_HELLO, FIELDS)) {
    const { from, to } = endsOf(row);
    state(facts, "JA3S", to, from, row("tls.handshake.ja3s")[0]);
  }
  distinct(facts, "server name", "JA3", "JA3S");
  return facts;
}

export async function tlsOfOurs(capture: string): Promise<Facts> {
  const facts: Facts = new Map();
  for (const record of await recordsOf(capture, "ssl")) {
    if (textOf(record, "version")?.startsWith("DTLS")) continue;
    const { orig, resp } = endsOfRecord(record);
    state(facts, "server name", orig, resp, textOf(record, "server_name"));
    state(facts, "JA3", orig, resp, textOf(record, "ja3"));
    state(facts, "JA3S", orig, resp, textOf(record, "ja3s"));
  }
  distinct(facts, "server name", "JA3", "JA3S");
  return facts;
}
