// A sensor that watches the cable while others judge, and a Redis that goes away and comes back meanwhile.

import { join } from "node:path";
import { network } from "../../../../craft/craft.ts";
import { inFleetWith, untilFleet } from "../../../../fleet.ts";
import { PROGRAM } from "../../../../program.ts";
import { SERVERS } from "../../../store/redis-server.ts";
import { receivers } from "./whole-program.ts";
import { openSender } from "./wire.ts";

export interface FleetResult {
  /** Packets that were sent, and those that the sensor has seen. */
  sent: number;
  packets: number;
  drops: Record<string, number>;
  /** Hosts of which an alert was told before Redis went away, while it was there again, and in the end. */
  before: string[];
  after: string[];
  inTheEnd: string[];
  said: { sensor: string; detect: string };
  codes: number[];
}

/** Nothing but the fleet. */
const CONFIG = "fleet: { lease: 1, partitions: 4 }\np2p: { enabled: false }\nleaks: { enabled: false }\n";
const SCANNED_PORTS = 120;

/** Sends what somebody does who tries ports of a server; how many packets. */
function scan(address: string): number {
  const net = network();
  const [bot, server] = [net.host("bot", address), net.host("server", "192.168.1.10")];
  for (let port = 1; port <= SCANNED_PORTS; port++) net.tcp(bot, server, port, { outcome: "REJ" });
  const packets = [...net.packets()];
  const sender = openSender("va");
  sender.send(packets.map(({ data }) => data));
  sender.close();
  return packets.length;
}

/** The server is Valkey, where there is one. */
export async function fleetOn(): Promise<FleetResult> {
  let result: FleetResult | undefined;
  const options = ["--appendonly", "yes", "--appendfsync", "always"];
  await inFleetWith({ program: SERVERS.at(-1), options }, async ({ redis, folder, store, start, detect }) => {
    const [config, out] = [join(folder, "wire.yaml"), join(folder, "wire")];
    await Deno.writeTextFile(config, CONFIG);
    const judge = detect("one");
    const words = ["--out", out, "--store", store, "--config", config, "--quiet", "--offline"];
    const sensor = start([Deno.execPath(), ...PROGRAM, "sensor", "--interface", "vb", ...words]);
    await untilFleet(() => receivers() > 0);
    const accused = (): string[] => {
      try {
        const log = Deno.readTextFileSync(join(out, "alerts/alerts.log"));
        return [...new Set([...log.matchAll(/Src IP (\S+) +\. Generated an alert/g)].map(([, ip]) => ip!))].sort();
      } catch {
        return [];
      }
    };
    let sent = scan("192.168.1.66");
    await untilFleet(() => accused().length === 1);
    const before = accused();
    await redis.kill();
    sent += scan("192.168.1.67");
    await untilFleet(() => sensor.said().includes("the run goes on when it is back"));
    await redis.start();
    await untilFleet(() => accused().length === 2);
    sent += scan("192.168.1.68");
    await untilFleet(() => accused().length === 3);
    const after = accused();
    const codes: number[] = [];
    for (const member of [sensor, judge]) {
      member.process.kill("SIGINT");
      codes.push((await member.end()).code);
    }
    const { traffic, drops } = JSON.parse(await Deno.readTextFile(join(out, "summary.json")));
    result = {
      ...{ sent, packets: traffic.packets, drops: drops.by_cause, before, after, inTheEnd: accused(), codes },
      said: { sensor: sensor.said(), detect: judge.said() },
    };
  });
  return result!;
}
