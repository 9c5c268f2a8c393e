// The peer network as it is: eight peers on a network of their own (namespaces, a switch, real multicast, real traffic).
// Five are compiled agents; three others speak the protocol and lie. Needs root, iproute2 and the executable.
//
//   deno task build && deno run --allow-all scripts/experiments/network.ts [--executable dist/smartshield] [--json]
//
// What happens: all find each other. A host scans agent 2; agent 1, which saw nothing of it, raises evidence. The user of
// agent 1 trusts agents 2, 3 and 4, and liar 6. Another host scans those three; agent 1 would block it, though it never
// saw it. Liars blame an innocent host and praise ten attackers, which then scan agent 1: it learns who lies.

import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Asked, PeerList, Shown } from "../../p2p/commands.ts";
import { createLab, type Lab, until } from "./network/lab.ts";

const { values } = parseArgs({
  options: { executable: { type: "string", default: "dist/smartshield" }, json: { type: "boolean", default: false } },
});

const EXECUTABLE = resolve(values.executable);
const AGENTS = [1, 2, 3, 4, 5];
const LIARS = [6, 7, 8];
/** Hosts that scan, one after the other; the first two scan agents, the others are praised before they do. */
const SCANNERS = Array.from({ length: 14 }, (_, at) => 9 + at);
const INNOCENT = 23;

const directory = await Deno.makeTempDir();
const script = (name: string): string => new URL(`./network/${name}`, import.meta.url).pathname;
const say = (sentence: string): void => {
  if (!values.json) console.log(sentence);
};
const results: Record<string, number | string | boolean> = {};
function note(name: string, value: number | string | boolean, sentence: string): void {
  results[name] = value;
  say(sentence);
}

function ask<Answer>(lab: Lab, agent: number, ...words: string[]): Answer {
  return JSON.parse(lab.run(agent, EXECUTABLE, "peers", ...words, "--json", "--config", config(agent))) as Answer;
}
const config = (agent: number): string => join(directory, `agent-${agent}.yaml`);
const read = (agent: number, file: string): string => {
  try {
    return Deno.readTextFileSync(join(directory, `out-${agent}`, file));
  } catch {
    return "";
  }
};
/** Unix seconds of the first line of a log that matches. */
function timeOf(text: string, pattern: RegExp): number {
  const line = text.split("\n").find((one) => pattern.test(one)) ?? "";
  return Date.parse(line.split(" ")[0]!) / 1000;
}
/** Unix seconds of the last line that matches. */
function lastTime(text: string, pattern: RegExp): number {
  return timeOf(text.trimEnd().split("\n").reverse().join("\n"), pattern);
}
const memory = async (pid: number): Promise<number> => {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
};

const lab = createLab(INNOCENT);
try {
  const address = (number: number): string => lab.address(number);
  const praised = SCANNERS.slice(2).map(address).join(",");
  for (const agent of AGENTS) {
    await Deno.writeTextFile(
      config(agent),
      `p2p: {enabled: true, log: true}\nstate: {directory: ${
        join(directory, `state-${agent}`)
      }}\nlimits: {workers: 1}\n`,
    );
  }
  const began = performance.now();
  const agents = AGENTS.map((agent) => {
    const command = [EXECUTABLE, "--interface", "eth0", "--config", config(agent), "--quiet", "--out"];
    return lab.start(agent, [...command, join(directory, `out-${agent}`)]);
  });
  for (const liar of LIARS) {
    const own = join(directory, `liar-${liar}`);
    await Deno.mkdir(own);
    lab.start(liar, [
      ...[Deno.execPath(), "run", "--quiet", "--no-check", "--allow-all", script("liar.ts")],
      ...[own, praised, address(INNOCENT)],
    ]);
  }
  const connected = (agent: number): string[] => {
    try {
      return ask<PeerList>(lab, agent, "list").peers.filter((peer) => peer.connected).map((peer) => peer.address);
    } catch {
      return [];
    }
  };
  // Asking an agent costs as much as starting one: not too often.
  await until("all peers meet", 90, () => AGENTS.every((agent) => connected(agent).length === 7), 0.5);
  const met = (performance.now() - began) / 1000;
  const ready = Math.max(...AGENTS.map((agent) => timeOf(read(agent, "run.log"), /Peers can reach this agent/)));
  const company = Math.max(...AGENTS.map((agent) => lastTime(read(agent, "p2p.log"), / is here/)));
  note(
    "met_after_seconds",
    met,
    `Eight peers were in company ${met.toFixed(1)} s after the first was started, ${
      Math.max(0, company - ready).toFixed(1)
    } s after the last was ready.`,
  );

  // One sees a scan, another that saw nothing of it raises evidence.
  const scan = (scanner: number, target: number): string =>
    lab.run(scanner, Deno.execPath(), "run", "--quiet", "--allow-net", script("scan.ts"), address(target));
  const [first, second] = SCANNERS as [number, number];
  scan(first, 2);
  // Both write their logs once a second, so the difference is known to a second.
  const alerted = until("agent 2 raises an alert", 40, () => /Generated an alert/.test(read(2, "alerts/alerts.log")));
  const raised = until(
    "agent 1 raises evidence",
    40,
    () => read(1, "alerts/alerts.log").includes(`blames ${address(first)} `),
  );
  const after = await raised - await alerted;
  note(
    "report_seconds",
    after,
    `Agent 1 raised evidence ${Math.abs(after).toFixed(1)} s ${
      after < 0 ? "before agent 2's alert was written" : "after agent 2's alert"
    }.`,
  );

  // With enough trusted voices it would block.
  const ids = new Map(ask<PeerList>(lab, 1, "list").peers.map(({ address, peer }) => [address, peer]));
  for (const trusted of [2, 3, 4, LIARS[0]!]) ask(lab, 1, "trust", ids.get(address(trusted))!);
  const before = ask<Shown>(lab, 1, "show", ids.get(address(LIARS[0]!))!).trust;
  for (const target of [2, 3, 4]) scan(second, target);
  let asked: Asked | undefined;
  await until("three trusted voices", 30, () => {
    asked = ask<Asked>(lab, 1, "ask", address(second));
    return asked.opinion.independentTrustedVoices >= 3;
  });
  const { score, confidence, independentTrustedVoices: voices, mayBlock } = asked!.opinion;
  note(
    "would_block",
    mayBlock,
    `Of ${address(second)} agent 1 hears ${voices} trusted voices: score ${score.toFixed(2)}, confidence ${
      confidence.toFixed(2)
    }; it ${mayBlock ? "would" : "would not"} block it, and found itself: ${
      asked!.own === undefined ? "nothing" : "something"
    }.`,
  );
  await until(
    "its evidence",
    5,
    () => read(1, "alerts/alerts.log").includes(`trusted peers say that ${address(second)} attacks`),
  );

  // Liars.
  const innocent = ask<Asked>(lab, 1, "ask", address(INNOCENT)).opinion;
  note(
    "innocent_blocked",
    innocent.mayBlock || innocent.byPeers,
    `Three liars blame the innocent ${address(INNOCENT)}: ${innocent.threat}, ${
      innocent.mayBlock ? "it would be blocked" : "nothing comes of it"
    }.`,
  );
  for (const scanner of SCANNERS.slice(2)) scan(scanner, 1);
  const trusts: number[] = [];
  await until("agent 1 has alerts on all scanners", 40, () => {
    trusts.push(ask<Shown>(lab, 1, "show", ids.get(address(LIARS[0]!))!).trust);
    const alerts = read(1, "alerts/alerts.log");
    return SCANNERS.slice(2).every((scanner) =>
      new RegExp(`Src IP ${address(scanner)} .*Generated an alert`).test(alerts)
    );
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const liar = ask<Shown>(lab, 1, "show", ids.get(address(LIARS[0]!))!);
  note(
    "liar_trust",
    liar.trust,
    `Liar 6, which the user trusted: trust ${before.toFixed(2)} before, ${
      liar.trust.toFixed(2)
    } after ${liar.wrong} lies that agent 1 saw through.`,
  );
  const honest = ask<Shown>(lab, 1, "show", ids.get(address(2))!);
  note("honest_trust", honest.trust, `Agent 2, which told the truth: trust ${honest.trust.toFixed(2)}.`);

  // The cable is pulled, and plugged in again.
  lab.cable(3, false);
  const gone = await until("agent 3 is missed", 60, () => !connected(1).includes(address(3)), 0.2);
  lab.cable(3, true);
  const back = await until("agent 3 is back", 60, () => connected(1).includes(address(3)), 0.2);
  note("missed_after_seconds", gone, `A pulled cable was noticed after ${gone.toFixed(1)} s.`);
  note("back_after_seconds", back, `Plugged in again, the agent was back after ${back.toFixed(1)} s.`);

  const [{ pid }] = agents as [typeof agents[number]];
  const child = (await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`)).trim().split(" ")[0] || String(pid);
  note(
    "agent_megabytes",
    await memory(Number(child)),
    `Memory of agent 1, the whole program: ${(await memory(Number(child))).toFixed(0)} MB.`,
  );
  const codes = await Promise.all(agents.map((agent) => agent.stop()));
  note("clean_ends", codes.every((code) => code === 0), `All agents ended: exit codes ${codes.join(", ")}.`);
} finally {
  await lab.close();
  await Deno.remove(directory, { recursive: true });
}
if (values.json) console.log(JSON.stringify(results));
