// Peers on a real network: namespaces, a switch, real multicast. They find each other, lose each other and find each other
// again; and two whole agents share what one of them saw.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { PeerList } from "../../p2p/commands.ts";
import type { FromPeer } from "../../p2p/messages.ts";
import { createLab, execute, type Lab, type Running, until } from "../../scripts/experiments/network/lab.ts";
import { PROGRAM, ROOT, smartshield as program } from "../program.ts";

const NODE = new URL("./node.ts", import.meta.url).pathname;
const SCAN = new URL("../../scripts/experiments/network/scan.ts", import.meta.url).pathname;

/** Why there can be no network; undefined when there can. */
function whyNot(): string | undefined {
  if (Deno.build.os !== "linux") return "this is not Linux";
  if (Deno.uid() !== 0) return "this is not root";
  try {
    execute("ip", "netns", "add", `sst-p2p-${Deno.pid}`);
    execute("ip", "netns", "delete", `sst-p2p-${Deno.pid}`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = whyNot();
if (reason !== undefined) console.warn(`Peers are not tested on a network: no namespace can be made (${reason}).`);

interface Node extends Running {
  /** Addresses of the peers that it is in conversation with. */
  company(): string[];
  reports(): Extract<FromPeer, { say: "report" }>[];
}

interface Net {
  readonly lab: Lab;
  readonly directory: string;
  node(number: number, group?: string, ...found: string[]): Node;
}

function networkTest(name: string, hosts: number, story: (net: Net) => Promise<void>): void {
  Deno.test({
    name,
    ignore: reason !== undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const directory = await Deno.makeTempDir();
      const lab = createLab(hosts, `sst${Deno.pid % 10_000}${hosts}`);
      let started = 0;
      try {
        await story({
          lab,
          directory,
          node(number, group = "office", ...found) {
            const own = join(directory, `node-${started++}`);
            Deno.mkdirSync(own);
            let company: string[] = [];
            const reports: Extract<FromPeer, { say: "report" }>[] = [];
            const command = [
              Deno.execPath(),
              "run",
              "--quiet",
              "--no-check",
              "--allow-all",
              NODE,
              own,
              group,
              ...found,
            ];
            const running = lab.start(number, command, {
              line(line) {
                const said = JSON.parse(line) as FromPeer | { say: "list"; list: PeerList };
                if (said.say === "report") reports.push(said);
                if (said.say === "list") {
                  company = said.list.peers.filter((one) => one.connected).map((one) => one.address);
                }
              },
            });
            return { ...running, company: () => company.toSorted(), reports: () => reports };
          },
        });
      } finally {
        await lab.close();
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

networkTest("peers find each other by multicast, and not those of another group", 4, async ({ lab, node }) => {
  const [one, two, three] = [node(1), node(2), node(3, "office", "10.0.0.66")];
  const other = node(4, "home");
  await until("three meet", 30, () => [one, two, three].every((peer) => peer.company().length === 2));
  assert.deepEqual(one.company(), [lab.address(2), lab.address(3)]);
  await until("both are told", 10, () => one.reports().length > 0 && two.reports().length > 0);
  assert.equal(one.reports()[0]!.report.indicator.value, "10.0.0.66");
  assert.deepEqual(other.company(), []);
  // Who says goodbye is gone at once.
  assert.equal(await two.stop(), 0, two.complaints());
  await until("two is missed", 3, () => one.company().length === 1);
});

networkTest("a pulled cable and a new address are survived", 2, async ({ lab, node }) => {
  const [one, two] = [node(1), node(2)];
  await until("they meet", 30, () => one.company().length === 1 && two.company().length === 1);
  lab.cable(2, false);
  await until("it is noticed", 40, () => one.company().length === 0);
  lab.cable(2, true);
  await until("they meet again", 40, () => one.company().length === 1);
  lab.run(2, "ip", "addr", "del", "10.77.0.2/24", "dev", "eth0");
  lab.run(2, "ip", "addr", "add", "10.77.0.77/24", "dev", "eth0");
  await until("it is found at its new address", 60, () => one.company().includes("10.77.0.77"));
});

networkTest("a machine that slept is back in company as soon as it wakes up", 2, async ({ node }) => {
  const [one, two] = [node(1), node(2)];
  await until("they meet", 30, () => one.company().length === 1 && two.company().length === 1);
  Deno.kill(two.pid, "SIGSTOP");
  await until("it is missed", 40, () => one.company().length === 0);
  Deno.kill(two.pid, "SIGCONT");
  await until("both are in company again", 15, () => one.company().length === 1 && two.company().length === 1);
});

networkTest("without any IPv4 address they find each other and connect over IPv6", 2, async ({ lab, node }) => {
  for (const number of [1, 2]) lab.run(number, "ip", "-4", "addr", "flush", "dev", "eth0");
  const [one] = [node(1), node(2)] as [Node, Node];
  await until("they meet", 30, () => one.company().length === 1);
  assert.deepEqual(one.company(), [lab.address(2, 6)]);
});

networkTest(
  "a scan that one agent saw is evidence at another, which is asked about it",
  3,
  async ({ lab, directory }) => {
    const config = (agent: number): string => join(directory, `${agent}.yaml`);
    const told = (agent: number): string => {
      try {
        return Deno.readTextFileSync(join(directory, `out-${agent}/alerts/alerts.log`));
      } catch {
        return "";
      }
    };
    const smartshield = [Deno.execPath(), ...PROGRAM];
    const agents = [1, 2].map((agent) => {
      Deno.writeTextFileSync(
        config(agent),
        `p2p: {enabled: true, log: true}\nstate: {directory: ${directory}/state-${agent}}\nlimits: {workers: 1}\n`,
      );
      return lab.start(agent, [
        ...[...smartshield, "--interface", "eth0", "--config", config(agent), "--quiet"],
        ...["--out", join(directory, `out-${agent}`)],
      ], { cwd: ROOT });
    });
    const peers = (agent: number, ...words: string[]): string => {
      try {
        const inside = ["sh", "-c", `cd ${ROOT} && exec "$@"`, "sh", ...smartshield, "peers", ...words];
        return lab.run(agent, ...inside, "--config", config(agent));
      } catch (error) {
        return String(error);
      }
    };
    await until("they meet", 60, () => /10\.77\.0\.2 +for /.test(peers(1, "list")));
    lab.run(3, Deno.execPath(), "run", "--quiet", "--allow-net", SCAN, lab.address(2));
    await until("the other raises evidence", 40, () => told(1).includes(`blames ${lab.address(3)}`));
    assert.match(
      told(1),
      /Src IP 10\.77\.0\.3 .*The peer 12D3\w+ at 10\.77\.0\.2 blames 10\.77\.0\.3 .*threat level: info/,
    );
    assert.doesNotMatch(told(1), /21747/, "their own conversation is no finding");
    assert.match(peers(1, "ask", lab.address(3)), /asked +1 peers, 1 answered/);
    assert.match(peers(1, "trust", lab.address(2)), /trust +1\.00/);
    assert.match(
      await Deno.readTextFile(join(directory, "out-1/p2p_reports.log")),
      /at 10\.77\.0\.2 blames .*ip 10\.77\.0\.3/,
    );
    const ends = await Promise.all(agents.map((agent) => agent.stop()));
    assert.deepEqual(ends, [0, 0], agents.map((agent) => agent.complaints()).join());
    assert.match(peers(1, "list"), /No agent is running/);
    const summary = JSON.parse(await Deno.readTextFile(join(directory, "out-1/summary.json")));
    assert.ok(summary.peers.asked > 0 && summary.peers.evidence > 0, JSON.stringify(summary.peers));
    // And it is kept: who the other was, how much it was trusted, and what it said of the scanner.
    const kept = async (...words: string[]): Promise<string> =>
      (await program("show", ...words, "--store", join(directory, "state-1"))).out;
    assert.match(await kept("peers"), / 1\.00 {2}10\.77\.0\.2 {2}(connected for|last heard of) .* 12D3\w+\n$/);
    assert.match(await kept("host", lab.address(3)), /\n {2}peers {4}\w+: score 0\.\d\d, confidence .*, 1 voice \(/);
  },
);
