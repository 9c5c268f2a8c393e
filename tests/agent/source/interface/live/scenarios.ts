// The scenarios of live_test.ts, each with its result as plain data.

import { createSocket } from "node:dgram";
import { createDissector, DEFAULT_SETTINGS } from "../../../../../agent/dissect/dissector.ts";
import { walkBlocks } from "../../../../../agent/source/interface/blocks.ts";
import { openRing } from "../../../../../agent/source/interface/ring.ts";
import type { SystemPicture } from "../../../../../agent/source/interface/system.ts";
import type { AnyRecord } from "../../../../../agent/record/schema.ts";
import { openLibc } from "../../../../../ffi/libc.ts";
import { ethernet, fromClient, fromServer, network, type Packet, vlan } from "../../../../craft/craft.ts";
import { fleetOn } from "./fleet.ts";
import { intrusion, killedOn, passwords, programOn } from "./whole-program.ts";
import { openSender, receive } from "./wire.ts";

/** Fields that are times, lengths of time, or names made from times. */
const TIMES = /^(ts|duration|rtt|.*uids?|tunnel_parents)$/;

function timeless(record: AnyRecord): string {
  return JSON.stringify(record, (key, value) => TIMES.test(key) ? undefined : value);
}

/** An office in which a little of everything happens; no pause is longer than any patience of the dissector. */
function officeStory(carry?: Parameters<typeof network>[0]): readonly Packet[] {
  const net = network(carry);
  const pc = net.host("pc", "192.168.1.23");
  const web = net.host("www.example.com", "93.184.216.34");
  net.arp(pc, "192.168.1.1");
  net.dns(pc, "www.example.com", { answers: ["93.184.216.34"] });
  for (let i = 0; i < 20; i++) {
    net.http(pc, web, { exchanges: [{ method: "GET", uri: `/${i}`, response: { status: 200, body: 9000 } }] });
    net.tcp(pc, web, 8080 + i, { steps: [fromClient("hello"), fromServer(6000), fromClient(200)] });
    net.dns(pc, `host${i}.example.com`, { rcode: "NXDOMAIN" });
  }
  net.tls(pc, web, { serverName: "www.example.com" });
  net.tcp(pc, web, 22, { outcome: "REJ" });
  net.ping(pc, web, { count: 3 });
  return [...net.packets()];
}

function recorder(): { dissector: ReturnType<typeof createDissector>; records: string[] } {
  const records: string[] = [];
  const dissector = createDissector({
    settings: DEFAULT_SETTINGS,
    emit: (record) => records.push(timeless(record)),
  });
  return { dissector, records };
}

function fromFile(packets: readonly Packet[]): string[] {
  const { dissector, records } = recorder();
  for (const { data, length, seconds, nanoseconds } of packets) {
    dissector.frame(data, 0, data.length, length, seconds + nanoseconds / 1e9, 1);
  }
  dissector.finish();
  return records.sort();
}

function ip(...args: string[]): void {
  const { success } = new Deno.Command("ip", { args }).outputSync();
  if (!success) throw new Error(`ip ${args.join(" ")} failed`);
}

async function story(carry?: Parameters<typeof network>[0]): Promise<unknown> {
  const packets = officeStory(carry);
  const { dissector, records } = recorder();
  const began = Date.now() / 1000;
  let first = NaN;
  let last = NaN;
  const receiving = await receive({
    interfaces: ["vb"],
    packet(bytes, offset, captured, onWire, ts, linkType) {
      if (Number.isNaN(first)) first = ts;
      last = ts;
      dissector.frame(bytes, offset, captured, onWire, ts, linkType);
    },
  });
  const sender = openSender("va");
  sender.send(packets.map(({ data }) => data));
  const { counts, intake, milliseconds } = await receiving.stop();
  dissector.finish();
  return {
    sent: packets.length,
    counts: counts[0],
    intake,
    milliseconds,
    timesAreNow: first >= began && last >= first && last <= Date.now() / 1000,
    live: records.sort(),
    file: fromFile(packets),
  };
}

export const SCENARIOS: Record<string, () => Promise<unknown>> = {
  story: () => story(),

  program: () => programOn(intrusion(), ""),

  killed: () => killedOn("alone"),

  killedSensor: () => killedOn("sensor"),

  fleet: () => fleetOn(),

  programWithShares: () => programOn(intrusion(), "capture:\n  dissectors: 3\n"),

  programWithRules: () =>
    programOn(passwords(), "capture:\n  dissectors: 2\n", 'rule teapot { strings: $a = "teapot" condition: $a }'),

  programWithEndlessRule: () =>
    programOn(
      passwords(),
      "capture:\n  dissectors: 2\n",
      "rule endless { condition: for all i in (1..1000000000000) : (i != 0) }",
    ),

  /** As behind a switch port that carries VLANs: the kernel takes the tags out. */
  vlans: () => story({ carry: (ends, inner) => [ethernet(ends), vlan(10, { priority: 3 }), ...inner] }),

  provider: () => story({ carry: (ends, inner) => [ethernet(ends), vlan(100, { provider: true }), vlan(7), ...inner] }),

  /** The loopback interface: what goes out comes in. */
  async loopback() {
    const receiving = await receive({ interfaces: ["lo"], packet() {} });
    const [receiver, sender] = [createSocket("udp4"), createSocket("udp4")];
    await new Promise<void>((resolve) => receiver.bind(5000, "127.0.0.1", resolve));
    for (let i = 0; i < 10; i++) sender.send(new Uint8Array(100), 5000, "127.0.0.1");
    await receiving.until(() => receiving.packets >= 10);
    await receiving.stop();
    return { packets: receiving.packets };
  },

  /** The interface is unplugged, comes again with another number, and is switched off and on. */
  async vanishing() {
    const receiving = await receive({ interfaces: ["vb"], packet() {} });
    const states = (): string[] => receiving.said.flatMap((one) => one.say === "state" ? [one.state] : []);
    const send = (): void => {
      const sender = openSender("va");
      sender.send([new Uint8Array(64)]);
      sender.close();
    };
    send();
    await receiving.until(() => receiving.packets === 1);
    ip("link", "delete", "va");
    await receiving.until(() => states().at(-1) === "gone");
    ip("link", "add", "va", "type", "veth", "peer", "name", "vb");
    for (const one of ["va", "vb"]) ip("link", "set", one, "mtu", "9000", "addrgenmode", "none", "up");
    await receiving.until(() => states().at(-1) === "receiving");
    send();
    await receiving.until(() => receiving.packets === 2);
    ip("link", "set", "vb", "down");
    await receiving.until(() => states().at(-1) === "down");
    ip("link", "set", "vb", "up");
    await receiving.until(() => states().at(-1) === "receiving");
    send();
    await receiving.until(() => receiving.packets === 3);
    const { counts } = await receiving.stop();
    return { states: states(), counts: counts[0] };
  },

  /** Two receptions share the flows of one interface. */
  async fanout() {
    const receiving = await receive({ interfaces: ["vb", "vb"], fanoutGroup: 7, packet() {} });
    const packets = officeStory();
    openSender("va").send(packets.map(({ data }) => data));
    await receiving.until(() => receiving.packets === packets.length);
    const { counts } = await receiving.stop();
    return { sent: packets.length, received: receiving.packets, counts };
  },

  /** Without link header, as from a tunnel. */
  async cooked() {
    const libc = openLibc();
    const ring = openRing(libc, {
      index: libc.interfaceIndex("vb"),
      hardwareType: 65534,
      blocks: 4,
      promiscuous: false,
      filter: undefined,
      fanoutGroup: undefined,
    });
    const packets = officeStory();
    openSender("va").send(packets.map(({ data }) => data));
    const { dissector, records } = recorder();
    const buffer = new Uint8Array(2 ** 20);
    for (let seen = 0; seen < packets.length;) {
      await libc.poll(ring.descriptor, 1, 1000);
      const length = ring.take(buffer, 0);
      seen += walkBlocks(buffer.buffer, length, ring.source, dissector.frame).packets;
    }
    dissector.finish();
    ring.close();
    const reused = libc.socket(1, 1, 0);
    ring.close();
    libc.close(reused);
    const withoutMacs = (lines: string[]): string[] =>
      lines.map((line) => line.replace(/,"((orig|resp)_l2_addr|(src|dst)_mac)":"[^"]*"/g, "")).sort();
    return {
      linkTypes: dissector.counters().link_types,
      afterClose: [ring.take(buffer, 0), ring.statistics().packets],
      live: withoutMacs(records),
      file: withoutMacs(fromFile(packets)),
    };
  },

  /** A filter from the start, another one while packets come in, a wrong one, and none. */
  async filters() {
    const sender = openSender("va");
    const frames = officeStory().map(({ data }) => data);
    const counts: number[] = [];
    const receiving = await receive({ interfaces: ["vb"], settings: { filter: "udp port 53" }, packet() {} });
    const count = async (): Promise<void> => {
      const before = receiving.packets;
      sender.send(frames);
      await new Promise((resolve) => setTimeout(resolve, 150));
      counts.push(receiving.packets - before);
    };
    const exchange = async (filter: string | undefined): Promise<string | undefined> => {
      const heard = receiving.said.length;
      receiving.tell({ say: "filter", filter });
      await receiving.until(() => receiving.said.slice(heard).some(({ say }) => say === "filter"));
      return receiving.said.slice(heard).flatMap((one) => one.say === "filter" ? [one.problem] : [])[0];
    };
    await count();
    await exchange("icmp or arp");
    await count();
    const problem = await exchange("porrt 53");
    await count();
    await exchange("vlan");
    await count();
    await exchange(undefined);
    await count();
    await receiving.stop();
    return { sent: frames.length, counts, problem };
  },

  async any() {
    const receiving = await receive({ interfaces: ["any"], packet() {} });
    const frames = officeStory().map(({ data }) => data);
    openSender("va").send(frames);
    await receiving.until(() => receiving.packets >= 2 * frames.length);
    const { counts } = await receiving.stop();
    return { sent: frames.length, received: receiving.packets, counts: counts[0] };
  },

  async refusals() {
    const unknown = await receive({ interfaces: ["eth77"], packet() {} });
    const wrongFilter = await receive({ interfaces: ["vb"], settings: { filter: "tcp porrt 5" }, packet() {} });
    return { said: [unknown, wrongFilter].map(({ said }) => said) };
  },

  /** The network changes under us. */
  async system() {
    const receiving = await receive({ interfaces: ["vb"], packet() {} });
    const pictures = (): SystemPicture[] => receiving.said.flatMap((one) => one.say === "system" ? [one.picture] : []);
    await receiving.until(() => pictures().length === 1);
    ip("address", "add", "192.168.7.2/24", "dev", "vb");
    ip("neighbour", "add", "192.168.7.1", "lladdr", "02:00:00:00:00:01", "dev", "vb");
    ip("route", "add", "default", "via", "192.168.7.1");
    await receiving.until(() => pictures().at(-1)!.gateways.length === 1);
    await receiving.stop();
    return { before: pictures()[0], after: pictures().at(-1) };
  },

  /** Nobody sends anything. */
  async silence() {
    const clocks: number[] = [];
    const receiving = await receive({ interfaces: ["vb"], packet() {}, clock: (now) => clocks.push(now) });
    const lags: number[] = [];
    await receiving.until(() => {
      if (clocks.length > lags.length) lags.push(Date.now() / 1000 - clocks.at(-1)!);
      return clocks.length === 2;
    });
    await receiving.stop();
    return { clocks, lags };
  },
};
