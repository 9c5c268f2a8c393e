// The records of an office, for measuring the store: half a thousand machines, one of which makes a tenth of
// everything, and kinds that hardly ever come. The same every time.

import type { Alert, Evidence } from "../../agent/evidence/evidence.ts";
import type { AnyRecord } from "../../agent/record/schema.ts";

/** Unix seconds at which it begins. */
export const BEGIN = 1_709_510_400;
/** The machine that makes a tenth of everything: a resolver, as they come. */
export const BUSY = "10.0.0.53";
/** A machine of the middle. */
export const ORDINARY = "10.0.1.100";

const HOSTS = 500;
/** Share of records by kind; what is left are connections. */
const SHARES = { dns: 0.3, ssl: 0.12, http: 0.05, files: 0.03, smtp: 1e-4, ftp: 2e-6 } as const;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export interface MadeRecord {
  readonly profile: string;
  readonly record: AnyRecord;
}

/** `total` records in the order of their times, of which there are so many in a second. */
export function* officeRecords(total: number, perSecond: number): Generator<MadeRecord> {
  const random = createRandom();
  const chance = (): number => random() / 2 ** 32;
  for (let at = 0; at < total; at++) {
    const ts = Math.round((BEGIN + at / perSecond) * 1e6) / 1e6;
    // Half of the machines make a tenth of the traffic, as in any office.
    const host = Math.floor(HOSTS * chance() ** 2);
    const profile = chance() < 0.1 ? BUSY : `10.0.${1 + (host >> 8)}.${host & 255}`;
    yield { profile, record: recordOf(kindOf(chance()), ts, uidOf(random), profile, random()) };
  }
}

/** A piece of evidence and an alert about a machine, of these records. */
export function findingOf(number: number, profile: string, ts: number, uids: readonly string[]): [Evidence, Alert] {
  const id = `${number.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
  const evidence = {
    ...{ id, type: number % 50 === 0 ? "vertical_port_scan" : "unknown_port", detector: "bench", threat: "medium" },
    ...{ confidence: 0.8, attacker: { direction: "src", kind: "ip", value: profile }, victim: undefined, profile },
    ...{
      hostname: undefined,
      window: 1,
      timestamp: ts,
      count: 1,
      count_before: 0,
      since: ts,
      victims: 1,
      mixed: false,
    },
    ...{ uids, proto: "tcp", src_port: 40_000, dst_port: 4449, method: "Heuristic", description: "for measuring" },
    ...{ related: [] },
  } as unknown as Evidence;
  const alert = {
    ...{ id, profile, window: 1, window_start: ts, window_end: ts + 3600, timestamp: ts, score: 16, threshold: 15 },
    ...{ confidence: 0.9, evidence: [id], evidence_omitted: 0, stages: [], updates: undefined, hostname: undefined },
  } as unknown as Alert;
  return [evidence, alert];
}

const KIND_SHARES = Object.entries(SHARES) as [AnyRecord["kind"], number][];

function kindOf(chance: number): AnyRecord["kind"] {
  let left = chance;
  for (const [kind, share] of KIND_SHARES) {
    if (left < share) return kind;
    left -= share;
  }
  return "conn";
}

/** All pairs of letters: making records is not what is measured, and should take little of the processors. */
const PAIRS = [...LETTERS].flatMap((first) => [...LETTERS].map((second) => first + second));

/** 17 characters, as Zeek has them. */
function uidOf(random: () => number): string {
  let uid = "C";
  for (let word = 0; word < 4; word++) {
    const bits = random();
    uid += PAIRS[bits % PAIRS.length]! + PAIRS[(bits >>> 16) % PAIRS.length]!;
  }
  return uid;
}

const SITES = Array.from({ length: 4000 }, (_, site) => ({
  resp_h: `93.184.${site >> 8}.${site & 255}`,
  name: `www.site-${site}.example`,
}));

function recordOf(kind: AnyRecord["kind"], ts: number, uid: string, orig_h: string, random: number): AnyRecord {
  const site = random % SITES.length;
  const [orig_p, { resp_h, name }] = [32_768 + random % 28_000, SITES[site]!];
  const ends = { ts, uid, orig_h, orig_p, resp_h };
  switch (kind) {
    case "dns":
      return {
        kind,
        ts,
        uid,
        orig_h,
        orig_p,
        resp_h: "10.0.0.53",
        resp_p: 53,
        proto: "udp",
        trans_id: random & 0xffff,
        rtt: 0.0123,
        query: name,
        qclass: 1,
        qclass_name: "C_INTERNET",
        qtype: 1,
        qtype_name: "A",
        rcode: 0,
        rcode_name: "NOERROR",
        AA: false,
        TC: false,
        RD: true,
        RA: true,
        Z: 0,
        answers: [resp_h],
        TTLs: [300],
        rejected: false,
      };
    case "ssl":
      return {
        ...{ kind, ...ends, resp_p: 443, version: "TLSv12", cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" },
        ...{ curve: "x25519", server_name: name, resumed: false, established: true, ssl_history: "CsiI" },
        ...{ ja3: "b7202231ff2db28363c109cedc6d1642", ja3s: "ad90cab724fafab2660fbf61673c91a9" },
      };
    case "http":
      return {
        ...{ kind, ...ends, resp_p: 80, trans_depth: 1, method: "GET", host: name, uri: `/page/${random % 1000}` },
        ...{ version: "1.1", user_agent: "Mozilla/5.0", request_body_len: 0, response_body_len: 5000 },
        ...{ status_code: 200, status_msg: "OK" },
      };
    case "conn":
      return {
        kind,
        ts,
        uid,
        orig_h,
        orig_p,
        resp_h,
        resp_p: 443,
        proto: "tcp",
        service: "ssl",
        duration: random % 1000 / 100,
        orig_bytes: random % 5000,
        resp_bytes: random % 100_000,
        conn_state: "SF",
        local_orig: true,
        local_resp: false,
        missed_bytes: 0,
        history: "ShADadFf",
        orig_pkts: 12,
        orig_ip_bytes: 1400,
        resp_pkts: 20,
        resp_ip_bytes: 20_000,
        ip_proto: 6,
      };
    default:
      return { kind, ...ends, resp_p: 25 } as unknown as AnyRecord;
  }
}

/** Marsaglia's xorshift32. */
function createRandom(): () => number {
  let seed = 2_463_534_242;
  return () => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return seed >>> 0;
  };
}
