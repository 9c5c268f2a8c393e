// What is asked of the Redis home about records, evidence and alerts.

import { searchRecords } from "../search.ts";
import type { Selection, Store } from "../store.ts";
import { findingMember, type Keys } from "./keys.ts";
import type { Link } from "./link.ts";
import { recordHome } from "./records.ts";
import type { AlertRow, EvidenceRow } from "./rows.ts";

export interface RunNames {
  /** The id of a run; empty when it is not known. */
  idOf(number: number): Promise<string>;
  /** Who watched in a run; empty when it is not known. */
  sensorOf(number: number): Promise<string>;
  /** The ids of a sensor's runs. */
  runsOf(sensor: string): Promise<ReadonlySet<string>>;
  /** @throws {StoreError} when there is no such run. */
  numberOf(id: string): Promise<number>;
}

/** Members asked for at once. */
const PER_PAGE = 1000;
/** Comes after every character of an id. */
const LAST = "\u{10ffff}";

type Reader = Pick<Store, "records" | "evidence" | "alerts" | "alert" | "oneEvidence">;

export function createReader(link: Link, keys: Keys, { idOf, sensorOf, numberOf, runsOf }: RunNames): Reader {
  /** Members of a sorted set in these bounds of time, the newest first, page by page. */
  async function* newest(key: string, { from = -Infinity, to = Infinity }: Selection): AsyncGenerator<string[]> {
    const bounds = [to, from].map((time) => String(time).replace("Infinity", "inf"));
    for (let offset = 0;; offset += PER_PAGE) {
      const members = await link.ask(
        ...["ZREVRANGEBYSCORE", key, ...bounds, "LIMIT", String(offset), String(PER_PAGE)],
      ) as string[];
      if (members.length > 0) yield members;
      if (members.length < PER_PAGE) return;
    }
  }

  /** Findings of one sort that fit, in the order of their times; the newest of them. */
  async function findings<
    Row extends { readonly ordinal: number },
    Finding extends { window: number; timestamp: number },
  >(
    of: Keys["evidence"] | Keys["alerts"],
    selection: Selection,
    finding: (row: Row) => Finding,
    fits: (finding: Finding) => boolean = () => true,
  ): Promise<(Row & { run: string })[]> {
    const { run, sensor, profile, window, limit } = selection;
    const number = run === undefined ? undefined : await numberOf(run);
    const found: (Row & { run: string })[] = [];
    for await (const members of newest(profile === undefined ? of.byTime : of.ofHost(profile), selection)) {
      const texts = await link.ask("HMGET", of.hash, ...members) as (string | null)[];
      for (const [at, text] of texts.entries()) {
        const ofRun = Number(members[at]!.slice(0, members[at]!.indexOf(".")));
        if (text === null || (number !== undefined && ofRun !== number)) continue;
        if (sensor !== undefined && await sensorOf(ofRun) !== sensor) continue;
        const row = JSON.parse(text) as Row;
        const one = finding(row);
        if ((window === undefined || one.window === window) && fits(one)) {
          found.push({ run: await idOf(ofRun), ...row });
        }
      }
      if (found.length >= limit) break;
    }
    return found
      .sort((a, b) => finding(a).timestamp - finding(b).timestamp || a.ordinal - b.ordinal)
      .slice(-limit);
  }

  /** What the only id that begins so stands for, in the newest run, or that of a run or a sensor. */
  async function byId<Row>(
    of: Keys["evidence"] | Keys["alerts"],
    begin: string,
    { run, sensor }: Pick<Selection, "run" | "sensor"> = {},
  ): Promise<(Row & { run: string }) | undefined> {
    const range = (from: string, to: string, ...more: string[]): Promise<string[]> =>
      link.ask("ZRANGEBYLEX", of.byId, from, to, ...more) as Promise<string[]>;
    const [first] = await range(`[${begin}`, `[${begin}${LAST}`, "LIMIT", "0", "1");
    if (first === undefined) return undefined;
    const id = first.slice(0, first.lastIndexOf("."));
    const [other] = await range(`(${id}.${LAST}`, `[${begin}${LAST}`, "LIMIT", "0", "1");
    if (other !== undefined && id !== begin) return undefined;
    const all = (await range(`[${id}.`, `[${id}.${LAST}`)).map((member) => Number(member.slice(id.length + 1)));
    const runs: number[] = [];
    for (const one of all) if (sensor === undefined || await sensorOf(one) === sensor) runs.push(one);
    if (runs.length === 0) return undefined;
    const number = run === undefined ? Math.max(...runs) : await numberOf(run);
    const text = await link.ask("HGET", of.hash, findingMember(number, id));
    return text === null ? undefined : { run: await idOf(number), ...JSON.parse(String(text)) as Row };
  }

  return {
    async records(selection) {
      const runs = selection.sensor === undefined ? undefined : await runsOf(selection.sensor);
      return await searchRecords(recordHome(link, keys, idOf), selection, runs);
    },
    evidence: (selection) =>
      findings<EvidenceRow, EvidenceRow["evidence"]>(
        keys.evidence,
        selection,
        ({ evidence }) => evidence,
        ({ type }) => selection.type === undefined || type === selection.type,
      ),
    alerts: (selection) => findings<AlertRow, AlertRow["alert"]>(keys.alerts, selection, ({ alert }) => alert),
    alert: (id, run) => byId<AlertRow>(keys.alerts, id, run),
    oneEvidence: (id, run) => byId<EvidenceRow>(keys.evidence, id, run),
  };
}
