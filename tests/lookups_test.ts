// Look-ups in the whole program: offline nobody is contacted, which the list of permissions that were asked for proves;
// online the services are, and what they answer is found, remembered, and told.

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Network, network } from "./craft/craft.ts";
import { type HttpServer, json, serveDns, serveHttp } from "./agent/intel/enrich/servers.ts";
import { deno, PROGRAM, smartshield } from "./program.ts";

/** 5 March 2024: a host asks for a name in a domain that was registered five days before, and fetches a page there. */
function story(): Network {
  const net = network({ start: 1_709_625_600 });
  const pc = net.host("pc", "192.168.1.10");
  const server = net.host("www.young.test", "93.184.216.34");
  net.dns(pc, "www.young.test", { at: 1, answers: [server.ip] });
  net.http(pc, server, { at: 2 });
  return net;
}

interface Run {
  code: number;
  err: string;
  log: string;
  summary: { lookups: { asked: Record<string, number>; failed: Record<string, number>; remembered: number } };
  /** Network permissions that anything in the process asked for, granted or not. */
  net: string[];
}

/** Analyses the capture with this configuration. */
async function analyse(folder: string, name: string, configuration: string, ...flags: string[]): Promise<Run> {
  const audit = join(folder, `${name}.audit`);
  await Deno.writeTextFile(join(folder, "c.yaml"), configuration);
  const { code, err } = await deno([
    ...PROGRAM.map((argument) => argument.startsWith("--permission-set") ? "--allow-all" : argument),
    ...["--pcap", join(folder, "in.pcap"), "--config", join(folder, "c.yaml"), "--out", join(folder, name), "--quiet"],
    ...flags,
  ], { DENO_AUDIT_PERMISSIONS: audit });
  const read = (path: string) => Deno.readTextFile(path).catch(() => "");
  const asked = (await read(audit)).trimEnd().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  assert(asked.some(({ permission }) => permission === "read"), "the audit saw nothing");
  return {
    code,
    err,
    log: await read(join(folder, name, "alerts/alerts.log")),
    summary: JSON.parse(await read(join(folder, name, "summary.json")) || "{}"),
    net: asked.filter(({ permission }) => permission === "net").map(({ value }) => String(value)),
  };
}

async function withServices(
  test: (
    services: { folder: string; http: HttpServer; dns: Awaited<ReturnType<typeof serveDns>>; on: string },
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const http = serveHttp(() =>
    json({ events: [{ eventAction: "registration", eventDate: new Date(1_709_200_000_000).toISOString() }] })
  );
  const dns = await serveDns(() => ["host.example.net"]);
  try {
    story().writePcap(join(folder, "in.pcap"));
    const on = `state: {directory: ${JSON.stringify(join(folder, "state"))}}
enrichment:
  rdap: true
  rdap_servers: ["test=${http.url}"]
  reverse_dns: true
  dns_server: 127.0.0.1:${dns.port}
`;
    await test({ folder, http, dns, on });
  } finally {
    await http.stop();
    await dns.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("offline is the default for files: with every switch on, not one connection is even tried", async () => {
  await withServices(async ({ folder, http, dns, on }) => {
    await Deno.writeTextFile(join(folder, "key"), "secret-key-of-nobody\n");
    const key = JSON.stringify(join(folder, "key"));
    const all =
      `${on}  urlhaus: true\n  hashlookup: true\n  spamhaus: true\n  virustotal: true\n  virustotal_key_file: ${key}\n  jarm: true\n`;
    for (
      const [name, flags] of [["default", []], ["offline", ["--offline"]], ["both", ["--offline", "--online"]]] as const
    ) {
      const run = await analyse(folder, name, all, ...flags);
      assert.equal(run.code, 0, run.err);
      assert.deepEqual(run.net, [], name);
      assert.deepEqual(run.summary.lookups.asked, {});
      assert.doesNotMatch(run.log, /young\.test/);
    }
    assert.deepEqual([http.seen, dns.seen], [[], []]);
  });
});

Deno.test("online the registry is asked once, the young domain is found, and the next run offline still knows it", async () => {
  await withServices(async ({ folder, http, on }) => {
    const first = await analyse(folder, "first", on, "--online");
    assert.equal(first.code, 0, first.err);
    assert.match(first.log, /young\.test/);
    assert.deepEqual(http.seen.map(({ path }) => path), ["/domain/young.test"]);
    assert.equal(first.summary.lookups.asked["rdap"], 1);
    // The DNS server and the registry were contacted, and nobody else. Starting a thread with fewer rights asks for none.
    const contacted = first.net.filter((host) => host !== "null");
    assert(contacted.length > 0);
    for (const host of contacted) assert.match(host, /127\.0\.0\.1/);

    const offline = await analyse(folder, "offline", on);
    assert.match(offline.log, /young\.test/);
    assert.deepEqual(offline.net, []);
    const again = await analyse(folder, "again", on, "--online");
    assert.equal(http.seen.length, 1);
    assert.equal(again.log, offline.log);
  });
});

Deno.test("a registry that fails is told once, and the run is none the worse", async () => {
  await withServices(async ({ folder, http, on }) => {
    await http.stop();
    const run = await analyse(folder, "failed", on, "--online");
    assert.equal(run.code, 0);
    assert.match(run.err, /Look-up rdap: 127\.0\.0\.1:\d+ cannot be reached; it is asked again later\./);
    assert.equal(run.summary.lookups.failed["rdap"], 1);
  });
});

Deno.test("keys: none is needed to be offline, and what is in the file never shows", async () => {
  await withServices(async ({ folder, on }) => {
    const without = await analyse(folder, "without", `${on}  virustotal: true\n`, "--online");
    assert.deepEqual([without.code, without.err], [
      2,
      "VirusTotal needs a key: name the file that holds it in enrichment.virustotal_key_file.\n",
    ]);
    const file = join(folder, "key");
    await Deno.writeTextFile(file, "two words");
    const wrong = await analyse(
      folder,
      "wrong",
      `${on}  virustotal: true\n  virustotal_key_file: ${JSON.stringify(file)}\n`,
      "--online",
    );
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /must hold a key and nothing else/);
    assert.doesNotMatch(wrong.err, /two words/);
  });
});

Deno.test("what is remembered is told at the same places with any number of workers", async () => {
  await withServices(async ({ folder, on }) => {
    await analyse(folder, "first", on, "--online");
    const logs: string[] = [];
    for (const workers of ["1", "3"]) logs.push((await analyse(folder, workers, on, "--workers", workers)).log);
    assert.match(logs[0]!, /young\.test/);
    assert.equal(logs[1], logs[0]);
  });
});

Deno.test("a host that the executable may not contact is told before anything starts, and what to do", async () => {
  await withServices(async ({ folder, on }) => {
    // This machine is permitted, for a DNS server or a store on it; a registry of one's own elsewhere is not.
    const elsewhere = on.replace(/rdap_servers: .*/, 'rdap_servers: ["test=https://registry.example"]');
    await Deno.writeTextFile(join(folder, "c.yaml"), elsewhere);
    const { code, err } = await smartshield(
      ...["--pcap", join(folder, "in.pcap"), "--config", join(folder, "c.yaml"), "--out", join(folder, "o")],
      ...["--online", "--quiet"],
    );
    assert.equal(code, 2);
    assert.match(
      err,
      /This executable may not contact registry\.example:443; docs\/permissions\.md says what to do\./,
    );
  });
});
