// `smartshield show`: asks a store and tells what is in it, as tables or as JSON, one object a line.

import { InputError } from "../errors.ts";
import { plainText } from "../export/text.ts";
import { type Store, type StoredHost, StoreError } from "../store/store.ts";
import { notOne, tellAlert, tellEvidence } from "./alert.ts";
import { type Asked, askedOf, type ShowOutput, silenceLines } from "./asked.ts";
import { tellHost } from "./host.ts";
import { blockTable } from "./blocks.ts";
import type { ShowRequest } from "./request.ts";
import { ALERTS_COUNTED, peerTable, type SensorLine, sensorTable } from "./sensors.ts";
import { alertTable, evidenceTable, flowTable, hostTable } from "./views.ts";
import { withinWindow } from "./within-window.ts";

/**
 * Answers a request.
 * @throws {InputError} when what was asked for is not there, or the store cannot be read.
 */
export async function show(store: Store, request: ShowRequest, limited: boolean, output: ShowOutput): Promise<void> {
  try {
    await answer(await askedOf(store, request, limited, output));
  } catch (error) {
    if (error instanceof StoreError) throw new InputError(error.message);
    throw error;
  }
}

async function answer(asked: Asked): Promise<void> {
  const { store, request, sensors, watchers, runs, width, now, json, tell, tellNewest, tellFirst } = asked;
  const { subject, word, selection, kind, type } = request;
  const { limit, sensor } = selection;
  const wanted = { ...selection, limit: limit + 1 };
  if (sensor !== undefined && watchers.length === 0) {
    const names = (await store.sensors()).map(({ name }) => plainText(name));
    throw new InputError(
      `There is no sensor ${sensor} in the store; ${
        names.length === 0 ? "there is none" : `there is ${names.join(", ")}`
      }.`,
    );
  }
  switch (subject) {
    case "sensors": {
      const lines = await sensorLines(asked);
      return tellFirst(
        lines,
        (rows) => sensorTable(rows, now, width),
        `There are ${lines.length}: --limit shows more.`,
      );
    }
    case "peers": {
      const peers = (await store.peers()).filter((one) => sensor === undefined || one.sensor === sensor);
      return tellFirst(peers, (rows) => peerTable(rows, now, width), `There are ${peers.length}: --limit shows more.`);
    }
    case "hosts": {
      const left = "Hosts with alerts come first, then those that were seen last; there are more: --limit shows them.";
      tellFirst(await hostsThatMatter(store, wanted), (rows) => hostTable(rows, sensors, width), left);
      break;
    }
    case "blocks": {
      const blocks = await store.blocks(wanted);
      tellFirst(
        blocks,
        (rows) => blockTable(rows, sensors, now, width),
        "Blocks that stand come first, then those that ended last; there are more: --limit shows them.",
      );
      break;
    }
    case "alerts": {
      const alerts = await store.alerts(wanted);
      tellNewest(alerts, (rows) => alertTable(rows, sensors, width));
      // That all is well is worth nothing unless somebody watches.
      if (!json && alerts.length === 0) tell(["", ...sensorTable(await sensorLines(asked), now, width)]);
      break;
    }
    case "flows": {
      const records = await store.records({ ...withinWindow(wanted, runs), kind });
      tellNewest(records, (rows) => flowTable(rows, sensors, width));
      break;
    }
    case "evidence":
      if (word === undefined) {
        tellNewest(await store.evidence({ ...wanted, type }), (rows) => evidenceTable(rows, sensors, width));
        break;
      }
      return await tellEvidence(asked, await store.oneEvidence(word, selection) ?? notOne("evidence", word));
    case "alert":
      return await tellAlert(asked);
    case "host":
      return await tellHost(asked);
  }
  if (!json) tell(silenceLines(asked));
}

async function sensorLines({ store, watchers, runs }: Asked): Promise<SensorLine[]> {
  const lines: SensorLine[] = [];
  for (const one of watchers) {
    const began = runs.find(({ id }) => id === one.run)?.began ?? one.first;
    const told = await store.alerts({ sensor: one.name, limit: ALERTS_COUNTED });
    const alerts = told.filter(({ alert }) => alert.updates === undefined).length;
    lines.push({ ...one, began, alerts, isMore: told.length === ALERTS_COUNTED });
  }
  return lines;
}

/** Alerts in which hosts are looked for that come first. */
const ALERTS_LOOKED_AT = 1000;

/** Hosts with alerts first, those with most ahead, then those that were seen last. */
async function hostsThatMatter(store: Store, selection: ShowRequest["selection"]): Promise<StoredHost[]> {
  const alerts = await store.alerts({ ...selection, limit: ALERTS_LOOKED_AT });
  const addresses = [...new Set(alerts.map(({ alert }) => alert.profile).reverse())].slice(0, selection.limit);
  const alerted: StoredHost[] = [];
  for (const profile of addresses) {
    alerted.push(...(await store.hosts({ ...selection, profile })).filter((host) => host.alerts > 0));
  }
  alerted.sort((a, b) => b.alerts - a.alerts || b.evidence - a.evidence || b.last - a.last);
  const isAlerted = new Set(alerted.map(({ ip, sensor }) => `${ip} ${sensor}`));
  const others = (await store.hosts({ ...selection, limit: selection.limit + alerted.length }))
    .filter(({ ip, sensor }) => !isAlerted.has(`${ip} ${sensor}`));
  return [...alerted, ...others];
}
