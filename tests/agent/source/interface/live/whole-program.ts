// The whole program on the cable: started as a user would, with nothing but the right to receive packets.

import { openSender } from "./wire.ts";
import { fromClient, fromServer, network, type Packet } from "../../../../craft/craft.ts";
import { openStore } from "../../../../../agent/store/open.ts";
import { readPlace } from "../../../../../agent/store/place.ts";
import type { Store, StoredRecord } from "../../../../../agent/store/store.ts";
import { startRedis } from "../../../store/redis-server.ts";
import { PROGRAM, ROOT } from "../../../../program.ts";
import { until } from "../../../../until.ts";

export interface ProgramResult {
  sent: number;
  code: number;
  /** What it printed about what is wrong. */
  said: string;
  /** Milliseconds from Ctrl+C to the end. */
  milliseconds: number;
  summary: {
    input: { kind: string };
    traffic: { packets: number };
    records: { by_kind: Record<string, number> };
    drops: { by_cause: Record<string, number> };
    evidence: { by_type: Record<string, number> };
  };
}

/** No right of root's but the one that packet sockets need. */
const ONLY_NET_RAW = ["setpriv", "--bounding-set=-all,+net_raw", "--inh-caps=-all,+net_raw"];
/** Nothing beside capture and detection, and nothing that outlives the test. */
const ONLY_CAPTURE = "store: { place: none }\np2p: { enabled: false }\n";
const NO_LEAKS = "leaks: { enabled: false }\n";
/** Frames sent before a rest, so that the socket's own buffer is never full. */
const BURST = 200;

/** Somebody scans a server and a network, while others browse. */
export function intrusion(): readonly Packet[] {
  const net = network();
  const [pc, bot] = [net.host("pc", "192.168.1.23"), net.host("bot", "192.168.1.66")];
  const server = net.host("server", "192.168.1.10");
  const web = net.host("www.example.com", "93.184.216.34");
  net.dns(pc, "www.example.com", { answers: ["93.184.216.34"] });
  for (let i = 0; i < 50; i++) net.http(pc, web, { exchanges: [{ method: "GET", uri: `/${i}` }] });
  for (let port = 1; port <= 120; port++) net.tcp(bot, server, port, { outcome: "REJ" });
  for (let i = 1; i <= 120; i++) net.tcp(bot, net.host("", `192.168.1.${100 + i}`), 23, { outcome: "REJ" });
  return [...net.packets()];
}

/** Twenty who log in to servers outside, so that others can read their passwords. */
export function passwords(): readonly Packet[] {
  const net = network();
  for (let i = 1; i <= 20; i++) {
    const steps = [fromClient("USER bob\r\n"), fromServer("331 and?\r\n"), fromClient("PASS hunter2\r\n")];
    net.tcp(net.host("", `192.168.1.${i}`), net.host("", `93.184.216.${i}`), 21, { steps });
  }
  return [...net.packets()];
}

/** Sockets that receive packets: the kernel lists all of them, and "R" is 1 for those. */
export function receivers(): number {
  return Deno.readTextFileSync("/proc/net/packet").trim().split("\n").slice(1)
    .filter((line) => line.trim().split(/\s+/)[5] === "1").length;
}

/** Seconds that the program and its engines may take to start. */
const UNTIL_STARTED = 60;

/**
 * Lets the program watch `vb` while the packets are sent on `va`. Leaks are looked for with these rules of the user's beside
 * the built-in ones, each of which may take a second; without any, leaks are not looked for.
 */
export async function programOn(
  packets: readonly Packet[],
  configuration: string,
  rules?: string,
): Promise<ProgramResult> {
  const folder = await Deno.makeTempDir();
  try {
    const leaks = rules === undefined ? NO_LEAKS : `leaks: { rules_folder: ${folder}, hang_seconds: 1 }\n`;
    await Deno.writeTextFile(`${folder}/own.yar`, rules ?? "");
    await Deno.writeTextFile(`${folder}/configuration.yaml`, `${ONLY_CAPTURE}${leaks}${configuration}`);
    const output = `${folder}/result`;
    const program = new Deno.Command(ONLY_NET_RAW[0]!, {
      args: [
        ...[...ONLY_NET_RAW.slice(1), Deno.execPath(), ...PROGRAM],
        ...["--interface", "vb", "--out", output, "--config", `${folder}/configuration.yaml`, "--quiet", "--offline"],
      ],
      cwd: ROOT,
      stderr: "piped",
    }).spawn();
    let said = "";
    const listening = (async () => {
      for await (const text of program.stderr.pipeThrough(new TextDecoderStream())) said += text;
    })();
    await until(() => receivers() >= Number(/dissectors: (\d+)/.exec(configuration)?.[1] ?? 1), UNTIL_STARTED);
    const sender = openSender("va");
    for (let at = 0; at < packets.length; at += BURST) {
      sender.send(packets.slice(at, at + BURST).map(({ data }) => data));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    sender.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // Before that nobody can tell whether the rule will come back; and the engine takes a while to load.
    if (rules?.includes("endless")) await until(() => said.includes("not used"), UNTIL_STARTED);
    const asked = performance.now();
    program.kill("SIGINT");
    const { code } = await program.status;
    const milliseconds = performance.now() - asked;
    await listening;
    return {
      sent: packets.length,
      code,
      said,
      milliseconds,
      summary: JSON.parse(await Deno.readTextFile(`${output}/summary.json`)),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export interface KilledResult {
  /** Ports at which somebody knocked, as they are in the store. */
  ports: number[];
  runs: number;
  /** Lines of alerts.log before the program was killed and at the end. */
  before: string[];
  alerts: string[];
  said: string;
  takenUp: { records: number } | undefined;
}

/** Seconds within which connections that were refused have become records in the store, whatever else the machine does. */
const UNTIL_RECORDED = 40;
/** Milliseconds in which what was stored was judged and told. */
const UNTIL_TOLD = 3000;

/**
 * Kills the program that watches `vb` in the middle of a scan, starts it again, and ends it in order. It is a process that
 * judges for itself, or a sensor for which another judges, which goes on.
 */
export async function killedOn(who: "alone" | "sensor"): Promise<KilledResult> {
  const folder = await Deno.makeTempDir();
  const [output, configuration] = [`${folder}/result`, `${folder}/configuration.yaml`];
  await Deno.writeTextFile(configuration, `p2p: { enabled: false }\n${NO_LEAKS}`);
  const redis = who === "sensor" ? await startRedis() : undefined;
  const place = redis === undefined ? `${folder}/smartshield/store.sqlite` : `redis://127.0.0.1:${redis.port}`;
  const launch = (...words: string[]): Deno.ChildProcess =>
    new Deno.Command(Deno.execPath(), {
      args: [...PROGRAM, ...words, "--config", configuration, ...redis === undefined ? [] : ["--store", place]],
      cwd: ROOT,
      env: { XDG_STATE_HOME: folder },
      stdout: "piped",
      stderr: "null",
    }).spawn();
  const judge = redis === undefined ? undefined : launch("detect", "--workers", "1");
  const alerts = (): string[] => Deno.readTextFileSync(`${output}/alerts/alerts.log`).trim().split("\n");
  const connections = (): Promise<readonly StoredRecord[]> =>
    inStore((store) => store.records({ kind: "conn", limit: 10_000 })).catch(() => []);
  async function inStore<T>(ask: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore(readPlace(place), { readOnly: true });
    try {
      return await ask(store);
    } finally {
      await store.close();
    }
  }
  const knock = async (from: number, to: number): Promise<void> => {
    const net = network();
    const [bot, server] = [net.host("bot", "192.168.1.66"), net.host("server", "192.168.1.10")];
    for (let port = from; port < to; port++) net.tcp(bot, server, port, { outcome: "REJ" });
    const sender = openSender("va");
    sender.send([...net.packets()].map(({ data }) => data));
    sender.close();
    await until(async () => (await connections()).length >= to - 1, UNTIL_RECORDED);
    await new Promise((resolve) => setTimeout(resolve, UNTIL_TOLD));
  };
  const start = async (): Promise<Deno.ChildProcess> => {
    const command = who === "sensor" ? ["sensor"] : [];
    const program = launch(...command, "--interface", "vb", "--out", output, "--offline");
    await until(() => receivers() > 0, 30);
    return program;
  };
  try {
    const first = await start();
    await knock(1, 90);
    first.kill("SIGKILL");
    await first.output();
    const before = alerts();
    const second = await start();
    await knock(90, 180);
    second.kill("SIGINT");
    const said = new TextDecoder().decode((await second.output()).stdout);
    const records = await connections();
    const runs = (await inStore((store) => store.runs())).length;
    const { run } = JSON.parse(await Deno.readTextFile(`${output}/summary.json`));
    const ports = records.flatMap(({ record }) => record.kind === "conn" ? record.resp_p ?? [] : []);
    return { ports: ports.sort((a, b) => a - b), runs, before, alerts: alerts(), said, takenUp: run.taken_up };
  } finally {
    judge?.kill("SIGKILL");
    await judge?.output();
    await redis?.remove();
    await Deno.remove(folder, { recursive: true });
  }
}
