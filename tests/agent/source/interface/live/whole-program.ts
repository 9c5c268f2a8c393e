// The whole program on the cable: started as a user would, with nothing but the right to receive packets.

import { openSender } from "./wire.ts";
import { fromClient, fromServer, network, type Packet } from "../../../../craft/craft.ts";
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
    const receives = (): boolean => {
      // The kernel lists packet sockets; "R" is 1 for those that receive.
      const sockets = Deno.readTextFileSync("/proc/net/packet").trim().split("\n").slice(1)
        .filter((line) => line.trim().split(/\s+/)[5] === "1").length;
      return sockets >= Number(/dissectors: (\d+)/.exec(configuration)?.[1] ?? 1);
    };
    await until(receives);
    const sender = openSender("va");
    for (let at = 0; at < packets.length; at += BURST) {
      sender.send(packets.slice(at, at + BURST).map(({ data }) => data));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    sender.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const asked = performance.now();
    program.kill("SIGINT");
    const { code, stderr } = await program.output();
    return {
      sent: packets.length,
      code,
      said: new TextDecoder().decode(stderr),
      milliseconds: performance.now() - asked,
      summary: JSON.parse(await Deno.readTextFile(`${output}/summary.json`)),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
