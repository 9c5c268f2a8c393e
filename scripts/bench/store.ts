// What the store costs: how many records a second it takes through the way that they go in a run, from the dissector's end
// to the file or the server, and how long `smartshield show` takes for what is in it then.
//
//   deno run --allow-all scripts/bench/store.ts [--records 10000000] [--rate 20] [--store PLACE] [--keep-mebibytes N]
//     [--pace N] [--live SECONDS] [--keep]
//
// PLACE is a new file, or a Redis whose keys under the prefix go at the end; without it a file in the system's temporary
// directory. `--rate` is how many records there are in a second of the traffic. `--keep-mebibytes` bounds the store, so
// that it is full after a while, and something old is forgotten for everything new. `--pace` brings so many records a
// second of the clock and waits for nothing, as a wire: what is too much is given up. Where the store does not stay about
// within its bound or gives something up, that is said, and the exit code is 1. `--live` writes what so many seconds of
// traffic bring at once, one after the other: the smaller the writings, the more blocks. `--keep` leaves what was made,
// and measures what is there already.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRecordKeeper } from "../../agent/dissect/kept-records.ts";
import { show } from "../../agent/show/show.ts";
import type { ShowRequest } from "../../agent/show/request.ts";
import { startStore } from "../../agent/store/client.ts";
import { openStore } from "../../agent/store/open.ts";
import { type Place, readPlace } from "../../agent/store/place.ts";
import type { HostChange, NewRecord, StoredRun } from "../../agent/store/store.ts";
import { openMeter } from "./store-meter.ts";
import { BEGIN, BUSY, findingOf, officeRecords, ORDINARY } from "./store-records.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "10000000" },
    store: { type: "string" },
    rate: { type: "string", default: "20" },
    "keep-mebibytes": { type: "string", default: "Infinity" },
    pace: { type: "string" },
    live: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const TOTAL = Number(values.records);
const PER_SECOND = Number(values.rate);
/** Seconds of traffic. */
const LENGTH = TOTAL / PER_SECOND;
/** One piece of evidence and alert for so many records. */
const RECORDS_PER_FINDING = 500;
const MEBIBYTE = 2 ** 20;
const BOUND = Number(values["keep-mebibytes"]) * MEBIBYTE;
/** By how much a store may be larger than its bound: what was written since it was looked at, and lists of uids. */
const TOLERANCE = 1.15;

const folder = await Deno.makeTempDir({ prefix: "smartshield-store-" });
const place = readPlace(values.store ?? join(folder, "store.sqlite"));
const run: StoredRun = {
  ...{ id: "bench", sensor: "office", version: "bench", input: "bench", kind: "bench", began: BEGIN, ended: undefined },
  ...{ windowWidth: 3600, origin: BEGIN, summary: undefined },
};

try {
  if (!await isThere(place)) await (values.live === undefined ? fill() : trickle(Number(values.live)));
  await ask();
} finally {
  if (!values.keep) await forget();
  await Deno.remove(folder, { recursive: true });
}

async function isThere(where: Place): Promise<boolean> {
  if (!values.keep) return false;
  try {
    await (await openStore(where, { readOnly: true })).close();
    return true;
  } catch {
    return false;
  }
}

/** As a run over files: as fast as it goes; with `--pace` as on a wire. */
async function fill(): Promise<void> {
  const retention = { seconds: Infinity, bytes: BOUND };
  const journal = join(folder, "journal");
  const warn = (sentence: string): void => console.error(sentence);
  const client = await startStore({ place, journal, run, retention, records: true, progress: undefined }, warn);
  const live = values.pace !== undefined;
  const keeper = createRecordKeeper({ store: client.records!.port, taping: undefined, live });
  const standing = { origin: BEGIN, clock: BEGIN };
  const meter = await openMeter(place, BEGIN, PER_SECOND);
  let began = performance.now();
  let [told, toldAt, at] = [0, began, 0];
  for (const { profile, record } of officeRecords(TOTAL, PER_SECOND)) {
    keeper.take(record, profile, record.ts);
    if (at % 512 === 511) {
      keeper.send(standing, false);
      await (live ? until(began + 1000 * at / Number(values.pace)) : keeper.room());
    }
    if (at % RECORDS_PER_FINDING === 0 && "uid" in record && record.uid !== undefined) {
      const [evidence, alert] = findingOf(at, profile, record.ts, [record.uid]);
      client.evidence(evidence);
      client.alert(alert);
    }
    if (++at % 1_000_000 === 0) {
      const now = performance.now();
      console.log(`${at / 1e6} million: ${rate(at - told, now - toldAt)}; ${await meter.say()}`);
      [told, toldAt] = [at, performance.now()];
      // Looking took a while, in which the wire stood still.
      began += toldAt - now;
    }
  }
  await keeper.finish(standing);
  const counts = await client.settle();
  const written = performance.now();
  console.log(
    `${counts.records} records and ${counts.evidence + counts.alerts} findings written: ${
      rate(TOTAL, written - began)
    }; ` +
      `${counts.records_not_stored} records and ${counts.findings_not_stored} findings not stored, ` +
      `${keeper.givenUp()} records given up; ${await meter.say()}; ${await meter.sayProcessor(TOTAL)}`,
  );
  if (counts.records_not_stored + counts.findings_not_stored + keeper.givenUp() > 0) fail("Not all of it was stored.");
  if (meter.largest() > TOLERANCE * BOUND) {
    fail(`The store had ${(meter.largest() / MEBIBYTE).toFixed(0)} MiB, beyond its bound.`);
  }
  await client.close();
  await meter.close();
}

function fail(sentence: string): void {
  console.error(sentence);
  Deno.exitCode = 1;
}

/** Waits until a moment of `performance.now()`; others have their turn in any case. */
function until(moment: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - performance.now())));
}

/** As on a wire: a writing for so many seconds of traffic. */
async function trickle(seconds: number): Promise<void> {
  const store = await openStore(place);
  await store.putRun(run);
  const meter = await openMeter(place, BEGIN, PER_SECOND);
  const began = performance.now();
  let [at, next, writings, longest] = [0, BEGIN + seconds, 0, 0];
  let records: NewRecord[] = [];
  const write = async (): Promise<void> => {
    const start = performance.now();
    const hosts = new Map<string, HostChange>();
    for (const { profile: ip = "", record: { ts } } of records) {
      hosts.set(ip, { ip, hostname: undefined, mac: undefined, first: ts, last: ts, connections: 1, bytes: 1000 });
    }
    await store.write({ run: run.id, records, hosts: [...hosts.values()] });
    longest = Math.max(longest, performance.now() - start);
    writings++;
    records = [];
  };
  for (const { profile, record } of officeRecords(TOTAL, PER_SECOND)) {
    if (record.ts >= next) {
      await write();
      next += seconds;
    }
    records.push({ ordinal: ++at, profile, window: 1 + Math.floor((record.ts - BEGIN) / 3600), record });
  }
  await write();
  const took = performance.now() - began;
  await store.close();
  console.log(
    `${at} records in ${writings} writings: ${rate(at, took)}, the longest writing ${
      longest.toFixed(0)
    } ms; ${await meter.say()}; ${await meter.sayProcessor(at)}`,
  );
  await meter.close();
}

async function ask(): Promise<void> {
  const store = await openStore(place, { readOnly: true });
  const of = (
    subject: ShowRequest["subject"],
    word: string | undefined,
    more: Partial<ShowRequest & ShowRequest["selection"]> = {},
  ): ShowRequest => {
    const { kind, type, ...selection } = more;
    const profile = subject === "host" ? word : undefined;
    return {
      subject,
      word,
      selection: { limit: 50, ...profile === undefined ? {} : { profile }, ...selection },
      kind,
      type,
    };
  };
  const [middle, day] = [BEGIN + LENGTH / 2, LENGTH / 7];
  const some = await store.alerts({ profile: BUSY, limit: 1 });
  const requests: [string, ShowRequest][] = [
    ...[BUSY, ORDINARY].flatMap((host): [string, ShowRequest][] => [
      [`show host ${host}`, of("host", host)],
      [`show host ${host} --kind conn`, of("host", host, { kind: "conn" })],
      [`show host ${host} --kind smtp (rare)`, of("host", host, { kind: "smtp" })],
      [`show host ${host} --kind ftp (a few of all)`, of("host", host, { kind: "ftp" })],
      [`show host ${host} --kind dhcp (none)`, of("host", host, { kind: "dhcp" })],
      [`show host ${host} --from … --to … (a day)`, of("host", host, { from: middle, to: middle + day })],
      [`show host ${host} --to … (before)`, of("host", host, { to: BEGIN + day })],
      [`show host ${host} --window W`, of("host", host, { window: 1 + Math.floor(LENGTH / 7200) })],
      [`show host ${host} --limit 1000`, of("host", host, { limit: 1000 })],
    ]),
    ["show hosts", of("hosts", undefined)],
    ["show alerts", of("alerts", undefined)],
    ["show evidence", of("evidence", undefined)],
    ["show evidence --kind vertical_port_scan", of("evidence", undefined, { type: "vertical_port_scan" })],
    ["show flows", of("flows", undefined)],
    ["show flows --kind ftp", of("flows", undefined, { kind: "ftp" })],
    ["show flows --from … --to … (an hour)", of("flows", undefined, { from: middle, to: middle + LENGTH / 168 })],
    ...some.map(({ alert }): [string, ShowRequest] => ["show alert ID", of("alert", alert.id)]),
  ];
  for (const [name, request] of requests) {
    const times: number[] = [];
    let lines = 0;
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      lines = 0;
      const print = (text: string): void => {
        lines += text.split("\n").length - 1;
      };
      await show(store, request, false, { json: false, width: 200, listed: () => [], print })
        .catch((error) => print(`${error.message}\n`));
      times.push(performance.now() - start);
    }
    console.log(`${name}: ${times[0]!.toFixed(1)} ms, then ${Math.min(...times).toFixed(1)} ms, ${lines} lines`);
  }
  await store.close();
}

async function forget(): Promise<void> {
  if (place.kind === "sqlite") {
    for (const end of ["", "-wal", "-shm"]) await Deno.remove(`${place.path}${end}`).catch(() => {});
    return;
  }
  const began = performance.now();
  const store = await openStore(place);
  const gone = await store.retain({ seconds: Infinity, bytes: 0 });
  await store.close();
  console.log(`${gone} records forgotten: ${rate(gone, performance.now() - began)}`);
}

function rate(records: number, milliseconds: number): string {
  return `${Math.round(records / milliseconds).toLocaleString("en-GB")} thousand records a second`;
}
