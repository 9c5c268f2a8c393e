// The logs of the benchmark, made once and kept in dist/bench/: a day of 500 machines, as Zeek's conn.log of either form and
// as Suricata's eve.json, in the order of writing. The same lines every time.

import { type Random, random } from "../../tests/craft/random.ts";

const FOLDER = new URL("../../dist/bench/", import.meta.url);
/** Part of the files' names: another number when what they hold changes. */
const VERSION = 3;

/** Lines of each log. */
export const LINES = 1_000_000;
const MACHINES = 500;
const SITES = 4000;
/** Unix seconds of the first line, and how long the day is. */
const START = 1_709_280_000;
const DAY = 86_400;

export const LOGS = ["conn.tsv.log", "conn.json.log", "eve.json"] as const;
export type LogName = typeof LOGS[number];

/** Paths of the logs by name; makes those that are not there. */
export function logs(say: (sentence: string) => void): Readonly<Record<LogName, string>> {
  Deno.mkdirSync(FOLDER, { recursive: true });
  return Object.fromEntries(LOGS.map((name) => {
    const path = new URL(`logs-${VERSION}-${name}`, FOLDER).pathname;
    if (!exists(path)) {
      say(`Making ${name}, once.`);
      write(path, LINES_OF[name]());
    }
    return [name, path];
  })) as Record<LogName, string>;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function write(path: string, lines: Iterable<string>): void {
  using file = Deno.openSync(`${path}.part`, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder();
  let text = "";
  const flush = (): void => {
    for (let bytes = encoder.encode(text); bytes.length > 0;) bytes = bytes.subarray(file.writeSync(bytes));
    text = "";
  };
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length > 1_000_000) flush();
  }
  flush();
  Deno.renameSync(`${path}.part`, path);
}

/** One connection of the day. */
interface Connection {
  /** When it was over, which is when it is written. */
  end: number;
  duration: number | undefined;
  client: string;
  clientPort: number;
  server: string;
  serverPort: number;
  proto: string;
  service: string | undefined;
  sent: number;
  received: number;
  state: string;
  history: string;
  sentPackets: number;
  receivedPackets: number;
  /** The site that it is about. */
  site: number;
  number: number;
}

const RESOLVER = "9.9.9.9";
const machine = (number: number): string => `10.0.${1 + (number >> 7)}.${2 + (number & 127)}`;
const site = (number: number): string =>
  `${60 + number % 90}.${(number * 7) % 250}.${(number * 13) % 250}.${1 + number % 250}`;
const siteName = (number: number): string => `www.site-${number}.example`;

/** Visits that are under way at any time: a page is asked for when its name is known, and over so many visits later. */
const UNDER_WAY = 20;
/** Of a hundred visits: to a page over TLS, to one without, to a file server, of the clock, a ping. */
const TLS = 88;
const PLAIN = 92;
const FILES = 97;
const CLOCK = 99;
/** One connection of so many is not answered. */
const UNANSWERED = 400;

/** So many connections: machines resolve names, and then talk to whom they have found. */
function* connections(count: number, chance: Random): Generator<Connection> {
  const underWay: Connection[] = [];
  for (let number = 0; number < count;) {
    const end = START + (number + chance.fraction()) * DAY / count;
    const what = chance.below(100);
    const to = chance.below(SITES);
    const base = {
      end,
      client: machine(chance.below(MACHINES)),
      clientPort: chance.between(32_768, 60_999),
      site: to,
      state: "SF",
      history: "ShADadFf",
      proto: "tcp",
    };
    const small = { proto: "udp", history: "Dd", sentPackets: 1, receivedPackets: 1 };
    const size = chance.between(400, 60_000);
    const tcp = { sent: size >> 4, received: size, sentPackets: 6 + (size >> 11), receivedPackets: 6 + (size >> 10) };
    if (what < PLAIN) {
      const duration = 0.005 + chance.fraction() / 50;
      const lookUp = { server: RESOLVER, serverPort: 53, service: "dns", duration, sent: 34, received: 130 };
      yield { ...base, ...small, ...lookUp, number: number++ };
      const web = what < TLS ? { serverPort: 443, service: "ssl" } : { serverPort: 80, service: "http" };
      const silent = {
        service: undefined,
        sent: 0,
        received: 0,
        state: "S0",
        history: "S",
        sentPackets: 1,
        receivedPackets: 0,
      };
      const answer = chance.below(UNANSWERED) === 0 ? silent : {};
      underWay.push({ ...base, ...tcp, ...web, ...answer, server: site(to), duration: end, number: number++ });
    } else if (what < FILES) {
      const server = `10.0.0.${10 + to % 20}`;
      underWay.push({ ...base, ...tcp, server, serverPort: 445, service: "smb", duration: end, number: number++ });
    } else if (what < CLOCK) {
      const ntp = { server: "10.0.0.1", serverPort: 123, service: "ntp", duration: 0.001, sent: 48, received: 48 };
      yield { ...base, ...small, ...ntp, number: number++ };
    } else {
      const echo = { clientPort: 8, server: "10.0.0.1", serverPort: 0, service: undefined, duration: 0.001, sent: 56 };
      yield { ...base, ...small, ...echo, received: 56, proto: "icmp", state: "OTH", history: "-", number: number++ };
    }
    if (underWay.length <= UNDER_WAY) continue;
    // Its duration held its beginning until it was over.
    const over = underWay.shift()!;
    const isAnswered = over.state !== "S0";
    yield { ...over, end, duration: isAnswered ? end - over.duration! - 0.05 : undefined };
  }
}

const start = ({ end, duration }: Connection): number => end - (duration ?? 0);
const uid = ({ number }: Connection): string =>
  `C${(number * 7_919_993 + 101_559_956_668_416).toString(36)}${number.toString(36).padStart(5, "x")}q`;

const CONN_FIELDS =
  "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
    .split(" ");
const CONN_TYPES =
  "time string addr port addr port enum string interval count count string bool bool count string count count count count set[string]"
    .split(" ");

/** The values of a conn.log line in the order of its fields; undefined where not set. */
function connValues(one: Connection): (string | number | boolean | undefined)[] {
  const local = one.server.startsWith("10.");
  return [
    start(one),
    uid(one),
    one.client,
    one.clientPort,
    one.server,
    one.serverPort,
    one.proto,
    one.service,
    one.duration,
    one.sent,
    one.received,
    one.state,
    true,
    local,
    0,
    one.history,
    one.sentPackets,
    one.sent + 40 * one.sentPackets,
    one.receivedPackets,
    one.received + 40 * one.receivedPackets,
  ];
}

function* connTsv(): Generator<string> {
  yield "#separator \\x09";
  yield "#set_separator\t,";
  yield "#empty_field\t(empty)";
  yield "#unset_field\t-";
  yield "#path\tconn";
  yield `#fields\t${CONN_FIELDS.join("\t")}`;
  yield `#types\t${CONN_TYPES.join("\t")}`;
  for (const one of connections(LINES, random(1))) {
    const values = connValues(one).map((value, i) =>
      value === undefined
        ? "-"
        : typeof value === "boolean"
        ? (value ? "T" : "F")
        : i === 0 || i === 8
        ? (value as number).toFixed(6)
        : String(value)
    );
    yield `${values.join("\t")}\t-`;
  }
}

function* connJson(): Generator<string> {
  for (const one of connections(LINES, random(1))) {
    const object: Record<string, unknown> = {};
    for (const [i, value] of connValues(one).entries()) {
      object[CONN_FIELDS[i]!] = i === 0 || i === 8 ? value && Number((value as number).toFixed(6)) : value;
    }
    yield JSON.stringify(object);
  }
}

const written = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${
    String(Math.floor(seconds % 1 * 1e6)).padStart(6, "0")
  }+0000`;
const AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36";

/** Of what Suricata makes of a connection: the events of its protocol, then its flow. */
function* eve(): Generator<string> {
  let lines = 0;
  for (const one of connections(LINES, random(2))) {
    for (const event of eventsOf(one)) {
      if (lines++ === LINES) return;
      yield JSON.stringify(event);
    }
  }
}

function* eventsOf(one: Connection): Generator<Record<string, unknown>> {
  const flowId = 100_000_000_000_000 + one.number * 7_919_993;
  const ends = {
    src_ip: one.client,
    src_port: one.clientPort,
    dest_ip: one.server,
    dest_port: one.serverPort,
    proto: one.proto.toUpperCase(),
  };
  const head = (type: string, at: number) => ({
    timestamp: written(at),
    flow_id: flowId,
    in_iface: "eth0",
    event_type: type,
    ...ends,
  });
  const began = start(one);
  const name = siteName(one.site);
  switch (one.service) {
    case "dns": {
      const id = one.number & 0xffff;
      yield { ...head("dns", began), dns: { type: "query", id, rrname: name, rrtype: "A", tx_id: 0, opcode: 0 } };
      yield {
        ...head("dns", one.end),
        dns: {
          version: 2,
          type: "answer",
          id,
          flags: "8180",
          qr: true,
          rd: true,
          ra: true,
          opcode: 0,
          rrname: name,
          rrtype: "A",
          rcode: "NOERROR",
          answers: [{ rrname: name, rrtype: "A", ttl: 300, rdata: site(one.site) }],
          grouped: { A: [site(one.site)] },
        },
      };
      break;
    }
    case "ssl":
      yield {
        ...head("tls", began + 0.01),
        tls: {
          subject: `CN=${name}`,
          issuerdn: "C=US, O=Let's Encrypt, CN=R3",
          serial: "03:8E:1E:D7:BD:75:EF:CD:3D:8F:FF:D3",
          fingerprint: "2d:d1:9f:80:99:86:fc:ac:5f:2a:2a:fd:a3:f3:7e:96:7c:dd:24:37",
          sni: name,
          version: "TLS 1.2",
          notbefore: "2024-01-19T09:44:08",
          notafter: "2024-04-18T09:44:08",
          ja3: { hash: "b7202231ff2db28363c109cedc6d1642", string: "771,4865-4866-4867,0-23,29-23-24,0" },
          ja3s: { hash: "ad90cab724fafab2660fbf61673c91a9", string: "771,4865,51" },
        },
      };
      break;
    case "http":
      yield {
        ...head("http", began + 0.01),
        tx_id: 0,
        http: {
          hostname: name,
          url: `/page/${one.number % 977}`,
          http_user_agent: AGENT,
          http_content_type: "text/html",
          http_method: "GET",
          protocol: "HTTP/1.1",
          status: 200,
          length: one.received,
        },
      };
      yield {
        ...head("fileinfo", began + 0.02),
        http: {
          hostname: name,
          url: "/",
          http_content_type: "text/html",
          http_method: "GET",
          protocol: "HTTP/1.1",
          status: 200,
          length: one.received,
        },
        app_proto: "http",
        fileinfo: { filename: "/", gaps: false, state: "CLOSED", stored: false, size: one.received, tx_id: 0 },
      };
  }
  if (one.number % 500 === 0) {
    yield {
      ...head("alert", one.end),
      alert: {
        action: "allowed",
        gid: 1,
        signature_id: 2_000_000 + one.number % 97,
        rev: 3,
        signature: "ET INFO Session Traversal Utilities for NAT (STUN Binding Request)",
        category: "Attempted User Privilege Gain",
        severity: 2,
        metadata: { attack_target: ["Client_Endpoint"], signature_severity: ["Informational"] },
      },
      app_proto: one.service ?? "failed",
    };
    yield {
      timestamp: written(one.end),
      event_type: "stats",
      stats: { uptime: one.number, capture: { kernel_packets: one.number * 20, kernel_drops: 0 } },
    };
  }
  yield {
    ...head("flow", one.end),
    app_proto: one.service === "ssl" ? "tls" : one.service ?? "failed",
    flow: {
      pkts_toserver: one.sentPackets,
      pkts_toclient: one.receivedPackets,
      bytes_toserver: one.sent + 54 * one.sentPackets,
      bytes_toclient: one.received + 54 * one.receivedPackets,
      start: written(began),
      end: written(one.end),
      age: Math.round(one.duration ?? 0),
      state: one.state === "S0" ? "new" : "closed",
      reason: "timeout",
      alerted: false,
    },
    ...(one.proto === "tcp"
      ? {
        tcp: {
          tcp_flags: "1b",
          tcp_flags_ts: "1b",
          tcp_flags_tc: "1b",
          syn: true,
          fin: true,
          psh: true,
          ack: true,
          state: "closed",
        },
      }
      : {}),
  };
}

const LINES_OF: Readonly<Record<LogName, () => Iterable<string>>> = {
  "conn.tsv.log": connTsv,
  "conn.json.log": connJson,
  "eve.json": eve,
};
