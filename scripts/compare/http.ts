// HTTP: what was asked for, by whom, and the status of the answer.

import { type Facts, state } from "./facts.ts";
import { endsOfRecord, recordsOf, textOf } from "./records.ts";
import { END_FIELDS, endsOf, tshark } from "./tshark.ts";

const REQUEST = ["http.request.method", "http.request.uri", "http.host", "http.user_agent"];

export function httpOfTshark(capture: string): Facts {
  const facts: Facts = new Map();
  for (const row of tshark(capture, "http.request && !ssdp && tcp", [...END_FIELDS, ...REQUEST])) {
    const { from } = endsOf(row);
    row("http.request.method").forEach((method, i) => {
      state(facts, "request", from, method, decoded(row("http.request.uri")[i]));
    });
    for (const host of row("http.host")) state(facts, "host", from, host);
    for (const agent of row("http.user_agent")) state(facts, "user agent", from, agent);
  }
  for (const row of tshark(capture, "http.response && !ssdp && tcp", [...END_FIELDS, "http.response.code"])) {
    // One that is only informational is followed by another, which the record then has.
    for (const code of row("http.response.code")) if (Number(code) >= 200) state(facts, "status", endsOf(row).to, code);
  }
  return facts;
}

export async function httpOfOurs(capture: string): Promise<Facts> {
  const facts: Facts = new Map();
  for (const record of await recordsOf(capture, "http")) {
    const { orig } = endsOfRecord(record);
    state(facts, "request", orig, textOf(record, "method"), textOf(record, "uri"));
    state(facts, "host", orig, textOf(record, "host"));
    state(facts, "user agent", orig, textOf(record, "user_agent"));
    const code = Number(record.status_code ?? 0);
    if (code >= 200) state(facts, "status", orig, code);
  }
  return facts;
}

/** Records have the percent-encoding of printable characters undone. */
function decoded(uri: string | undefined): string | undefined {
  return uri?.replace(/%([2-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
