// The whole program with lists of the user's own: a download, a certificate, names and an address that they name are found
// in a capture, each by what the dissector works out because it is listed; and the same with one worker or four.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { network, siteChain } from "./craft/craft.ts";
import { smartshield } from "./program.ts";

const BODY = "MZ, but not much behind it";
const CHAIN = siteChain("c2.evil.example", "c2.evil.example");
const SHA1 = createHash("sha1").update(CHAIN[0]!).digest("hex");
const MD5 = createHash("md5").update(BODY).digest("hex");

/** A day on which one host fetches a program and calls home, and another one only reads the news. */
function capture(path: string): void {
  const net = network({ seed: 5 });
  const victim = net.host("victim", "192.168.1.10");
  const reader = net.host("reader", "192.168.1.11");
  const drop = net.host("cdn.example", "45.9.148.3");
  const home = net.host("c2.evil.example", "45.9.148.4");
  const news = net.host("news.example", "93.184.216.34");
  for (const [who, server] of [[reader, news], [victim, drop]] as const) {
    net.dns(who, server.name, { answers: [server.ip] });
    net.http(who, server, { exchanges: [{ uri: "/setup.exe", response: { body: server === drop ? BODY : "news" } }] });
  }
  net.dns(victim, home.name, { answers: [home.ip] });
  net.tls(victim, home, { certificates: CHAIN });
  net.writePcap(path);
}

async function run(folder: string, workers: string): Promise<string> {
  const { code, err } = await smartshield(
    ...["--quiet", "--force", "--pcap", join(folder, "day.pcap"), "--config", join(folder, "own.yaml")],
    ...["--workers", workers, "--out", join(folder, "out")],
  );
  assert.equal(err, "");
  assert.equal(code, 0);
  return await Deno.readTextFile(join(folder, "out/alerts/alerts.json"));
}

Deno.test("what lists name is found in a capture, with any number of workers, and only for the host that met it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    capture(join(folder, "day.pcap"));
    await Deno.mkdir(join(folder, "lists"));
    await Deno.writeTextFile(join(folder, "lists/files.txt"), `${MD5} # dropper\n`);
    await Deno.writeTextFile(
      join(folder, "lists/own_malicious_iocs.csv"),
      `"evil.example", "high", "C&C"\n45.9.148.3,medium,bad\n`,
    );
    await Deno.writeTextFile(join(folder, "lists/certificates.csv"), `${SHA1},critical,Dridex\n`);
    await Deno.writeTextFile(
      join(folder, "own.yaml"),
      `intel: { folder: ${JSON.stringify(join(folder, "lists"))} }\nstate: { directory: ${
        JSON.stringify(join(folder, "state"))
      } }\n`,
    );
    const one = await run(folder, "1");
    const log = await Deno.readTextFile(join(folder, "out/alerts/alerts.log"));
    for (
      const found of [
        `192.168.1.10 got a file, application/x-dosexec, 26 bytes, with the malicious MD5 ${MD5} (listed by files.txt: "dropper")`,
        `45.9.148.4 showed 192.168.1.10 the malicious certificate ${SHA1} (listed by certificates.csv: "Dridex")`,
        "192.168.1.10 asked the DNS for the blacklisted domain c2.evil.example (listed by own_malicious_iocs.csv by way of",
        "Connection from 192.168.1.10 to the blacklisted address 45.9.148.3",
        "The DNS answered 192.168.1.10, who asked for cdn.example, with the blacklisted address 45.9.148.3",
      ]
    ) assert(log.includes(found), `${found}\n${log}`);
    assert(!log.split("\n").some((line) => line.includes("192.168.1.11") && line.includes("listed by")), log);
    assert.equal(await run(folder, "4"), one);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
