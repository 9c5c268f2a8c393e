// One host: what each sensor knows of it, what lists, services and peers say, what its windows came to, and what it did.

import { InputError } from "../errors.ts";
import { firstStep } from "../export/alert-text.ts";
import { jsonText, plainText } from "../export/text.ts";
import { readRemembered } from "../intel/enrich/sound.ts";
import { macVendor } from "../intel/tables/mac-vendors.ts";
import { windowEnd, windowStart } from "../profile/window.ts";
import type { StoredAlert, StoredEvidence, StoredHost, StoredOpinion, StoredWindow } from "../store/store.ts";
import { byteSize, counted, grouped, timeSpan, trafficTime, wrap } from "../ui/style.ts";
import { type Asked, silenceLines } from "./asked.ts";
import { blockText } from "./blocks.ts";
import { tableLines } from "./table.ts";
import { alertTable, evidenceTable, flowTable, points, sensorColumn } from "./views.ts";
import { withinWindow } from "./within-window.ts";

/** Pieces of evidence that are counted for the table of windows. */
const EVIDENCE_COUNTED = 10_000;

/** @throws {InputError} when nothing is known of it. */
export async function tellHost(asked: Asked): Promise<void> {
  const { store, request, runs, sensors, json, width, tell, tellNewest } = asked;
  const { selection, kind, word } = request;
  const ip = word!;
  const wanted = { ...selection, limit: selection.limit + 1 };
  const hosts = await store.hosts({ ...selection, limit: sensors.size + 1 });
  const evidence = await store.evidence({ ...selection, limit: EVIDENCE_COUNTED });
  const opinions = (await store.opinions(ip)).filter(({ sensor }) => (selection.sensor ?? sensor) === sensor);
  const blocks = await store.blocks({ profile: ip, sensor: selection.sensor, limit: sensors.size + 1 });
  const said = [
    ...asked.listed(ip),
    ...await serviceLines(asked, ip),
    ...opinions.map((one) => opinionLine(asked, one)),
    ...blocks.map((one) => line("blocked", blockText(one, sensors, asked.now))),
  ];
  if (hosts.length === 0 && evidence.length === 0 && said.length === 0) {
    throw new InputError(`The store holds nothing about ${ip}: smartshield show hosts lists who is in it.`);
  }
  const alerts = await store.alerts(wanted);
  const windows = await store.windows(wanted);
  tell(
    json ? [...hosts, ...opinions, ...blocks].map((one) => jsonText(one)) : hostLines(hosts, ip, said, alerts, width),
  );
  const parts = [
    ...windows.length === 0 ? [] : [() => tellNewest(windows, (rows) => windowTable(rows, alerts, evidence, asked))],
    () => tellNewest(alerts, (rows) => alertTable(rows, sensors, width, "host")),
    () => tellFindings(asked, evidence),
    async () => {
      const records = await store.records({ ...withinWindow(wanted, runs), kind });
      tellNewest(records, (rows) => flowTable(rows, sensors, width));
    },
  ];
  for (const part of parts) {
    if (!json) tell([""]);
    await part();
  }
  if (!json) tell(silenceLines(asked));
}

/** The evidence that counts; of the rest only how much there is, as it would bury what matters. */
function tellFindings(
  { json, request, sensors, width, tell, tellNewest }: Asked,
  evidence: readonly StoredEvidence[],
): void {
  const counts = json ? evidence : evidence.filter((one) => one.evidence.threat !== "info");
  tellNewest(counts.slice(-request.selection.limit - 1), (rows) => evidenceTable(rows, sensors, width, "host"));
  const left = evidence.length - counts.length;
  if (left > 0) {
    const what = counted(left, "piece", "pieces");
    tell([`Beside these ${what} of evidence of level info: smartshield show evidence --host ${request.word}.`]);
  }
}

/** Width of the words before what is told. */
const LABEL = 9;
const line = (label: string, text: string): string => `  ${label.padEnd(LABEL)}${text}`;

function hostLines(
  hosts: readonly StoredHost[],
  ip: string,
  said: readonly string[],
  alerts: readonly StoredAlert[],
  width: number,
): string[] {
  const hostname = hosts.find((host) => host.hostname !== undefined)?.hostname;
  const several = hosts.length > 1;
  const last = alerts.at(-1);
  return [
    hostname === undefined ? ip : `${plainText(hostname)} (${ip})`,
    ...hosts.flatMap(({ sensor, first, last, mac, connections, bytes }) => [
      line(
        "seen",
        `from ${trafficTime(first)} to ${trafficTime(last)} UTC${several ? ` by ${plainText(sensor)}` : ""}`,
      ),
      ...mac === undefined ? [] : [line("MAC", `${mac}${vendorOf(mac)}`)],
      line("traffic", `${counted(connections, "connection")} opened, ${byteSize(bytes)} sent in them`),
    ]),
    ...said,
    ...last === undefined ? [] : wrap(`First: ${firstStep(last.alert)}.`, width, "  "),
  ];
}

function vendorOf(mac: string): string {
  const vendor = macVendor(mac);
  return vendor === undefined ? "" : ` (${plainText(vendor)})`;
}

/** What services outside answered about it, to any sensor. */
async function serviceLines({ store, now }: Asked, ip: string): Promise<string[]> {
  const question = `address ${ip}`;
  const stored = await store.answer(question);
  const known = readRemembered(stored?.data, question);
  if (known === undefined) return [];
  const { hostname, verdicts } = known.answer;
  const ago = `asked ${timeSpan(Math.max(0, now - known.at))} ago`;
  return [
    ...hostname === undefined ? [] : [line("name", `${plainText(hostname)}, by reverse DNS (${ago})`)],
    ...verdicts.filter(({ says }) => says !== "unknown").map(({ service, says, words }) =>
      line("service", `${service}: ${says}${words === "" ? "" : `, ${words}`} (${ago})`)
    ),
  ];
}

/** From this score on the peers' word is "attacker", and up to that "harmless". */
const ATTACKER = 0.6;
const HARMLESS = 0.4;

function opinionLine({ sensors, now }: Asked, { sensor, score, confidence, voices, at }: StoredOpinion): string {
  const word = score >= ATTACKER ? "attacker" : score <= HARMLESS ? "harmless" : "undecided";
  const of = sensors.size === 0 ? "" : ` of ${plainText(sensor)}`;
  const sure = `score ${score.toFixed(2)}, confidence ${confidence.toFixed(2)}`;
  return line("peers", `${word}: ${sure}, ${counted(voices, "voice")}${of} (${timeSpan(Math.max(0, now - at))} ago)`);
}

function windowTable(
  windows: readonly StoredWindow[],
  alerts: readonly StoredAlert[],
  evidence: readonly StoredEvidence[],
  { runs, sensors, width }: Asked,
): string[] {
  const clocks = new Map(runs.map(({ id, origin, windowWidth }) => [id, { origin, width: windowWidth }]));
  const time = ({ run, window }: StoredWindow, end: typeof windowStart): string => {
    const clock = clocks.get(run);
    const at = clock === undefined ? NaN : end(clock, window);
    return Number.isFinite(at) ? trafficTime(at) : "";
  };
  const number = (counted: number): string => counted === 0 ? "" : grouped(counted);
  return tableLines<StoredWindow>(
    [
      { title: "window", right: true, text: ({ window }) => String(window) },
      sensorColumn(sensors),
      { title: "from (UTC)", text: (one) => time(one, windowStart) },
      { title: "to", text: (one) => time(one, windowEnd).slice(-"hh:mm:ss".length) },
      { title: "score", right: true, text: ({ score }) => points(score) },
      { title: "alert from", right: true, text: ({ threshold }) => points(threshold) },
      {
        title: "evidence",
        right: true,
        text: ({ run, window }) =>
          number(evidence.filter((one) => one.run === run && one.evidence.window === window).length),
      },
      {
        title: "alerts",
        right: true,
        text: ({ run, window }) =>
          number(
            alerts.filter(({ alert, ...one }) =>
              one.run === run && alert.window === window && alert.updates === undefined
            ).length,
          ),
      },
    ],
    windows,
    width,
  );
}
