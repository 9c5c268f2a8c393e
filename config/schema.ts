// Every setting of the program: its default, unit, meaning and bounds. The configuration file, its check and its
// documentation (smartshield.yaml) are all made from this.

import type { Settings } from "../detectors/contract.ts";
import { DETECTORS } from "../detectors/index.ts";
import { ENRICHMENT_SETTINGS } from "../agent/intel/enrich/settings.ts";
import { P2P_SETTINGS } from "../p2p/settings.ts";
import { TRUST_SETTINGS } from "../p2p/trust/settings.ts";

/** One section of the configuration file. */
export interface Section {
  readonly title: string;
  readonly settings: Settings;
}

const TRAFFIC = {
  title: "What is watched, and how time is cut",
  settings: {
    time_window_width: {
      value: 3600,
      unit: "seconds",
      meaning: "width of a time window; only_one_tw puts everything into one",
      minimum: 1,
      words: ["only_one_tw"],
    },
    analysis_direction: {
      value: "out",
      unit: "",
      meaning: "out: hosts are judged by what they do; all: also by the connections they receive",
      words: ["out", "all"],
    },
    client_ips: {
      value: [] as readonly string[],
      unit: "",
      meaning: "our own addresses and networks, as IP or CIDR; empty: learnt from the traffic",
    },
  },
} as const satisfies Section;

const DETECTION = {
  title: "From evidence to alerts",
  settings: {
    scorer: {
      value: "graded",
      unit: "",
      meaning: "how evidence adds up to alerts: graded, or reference, which only counts (docs/decisions.md)",
      words: ["graded", "reference"],
    },
    sensitivity: {
      value: "normal",
      unit: "",
      meaning:
        "how soon the graded scorer alerts: low (only when it is plain), normal, high (also when it may be nothing)",
      words: ["low", "normal", "high"],
    },
    evidence_detection_threshold: {
      value: 0.25,
      unit: "points per minute of time window",
      meaning:
        "of the reference scorer: accumulated threat level that makes an alert; 0.08 is sensitive, 0.43 insensitive",
      minimum: 0,
    },
    disabled_detectors: {
      value: [] as readonly string[],
      unit: "",
      meaning: "detectors that do not run, by name",
    },
    disabled_evidence: {
      value: [] as readonly string[],
      unit: "",
      meaning: "evidence types that are dropped as soon as they are raised, by name",
    },
    detector_hang_seconds: {
      value: 5,
      unit: "seconds",
      meaning: "a detector that has not come back after this long is switched off and reported",
      minimum: 1,
    },
  },
} as const satisfies Section;

const WHITELIST = {
  title: "What is known to be harmless (docs/whitelist.md)",
  settings: {
    files: {
      value: [] as readonly string[],
      unit: "",
      meaning: "whitelists, in YAML or the field's whitelist.conf form; an example is config/whitelist.yaml",
    },
    lists: {
      value: [] as readonly string[],
      unit: "",
      meaning: "lists of popular domains, such as Tranco's; evidence against these destinations is marked, not scored",
    },
    list_length: {
      value: 10_000,
      unit: "domains",
      meaning: "how many domains of each list count, from its top",
      minimum: 1,
      maximum: 1_000_000,
    },
  },
} as const satisfies Section;

const FLOWS = {
  title: "When a connection counts as over, in packet time",
  settings: {
    tcp_inactivity_timeout: {
      value: 3600,
      unit: "seconds",
      meaning: "an open TCP connection without packets (Zeek's default is 300)",
      minimum: 1,
    },
    udp_inactivity_timeout: {
      value: 60,
      unit: "seconds",
      meaning: "a UDP exchange without packets (as Zeek)",
      minimum: 1,
    },
    icmp_inactivity_timeout: {
      value: 60,
      unit: "seconds",
      meaning: "an ICMP exchange without packets (as Zeek)",
      minimum: 1,
    },
    tcp_attempt_delay: {
      value: 5,
      unit: "seconds",
      meaning: "a SYN that nobody answers (as Zeek)",
      minimum: 0.1,
    },
  },
} as const satisfies Section;

const CAPTURE = {
  title: "Live capture on interfaces",
  settings: {
    promiscuous: { value: true, unit: "", meaning: "hear what is meant for other hosts, too" },
    filter: {
      value: "",
      unit: "",
      meaning: "only packets that pass this filter, as tcpdump has them (pcap-filter(7)); --filter goes before it",
    },
    dissectors: {
      value: 1,
      unit: "threads",
      meaning:
        "threads that share the flows of each interface; more than 1 for links that one cannot follow, on machines with cores to spare",
      minimum: 1,
      maximum: 16,
    },
    ring_mebibytes: {
      value: 32,
      unit: "mebibytes",
      meaning: "memory shared with the kernel for each interface",
      minimum: 4,
      maximum: 4096,
    },
    queue_mebibytes: {
      value: 256,
      unit: "mebibytes",
      meaning: "memory for packets of each interface that wait for the dissector; used only when needed",
      minimum: 4,
      maximum: 16_384,
    },
  },
} as const satisfies Section;

const FOLLOW = {
  title: "Input that is still being written (--follow)",
  settings: {
    wait_for_others: {
      value: 3,
      unit: "seconds",
      meaning: "how long a line that was added to one log waits for lines of the other logs that may come before it",
      minimum: 0,
      maximum: 3600,
    },
    look_every: {
      value: 0.5,
      unit: "seconds",
      meaning: "time between two looks at the files",
      minimum: 0.05,
      maximum: 3600,
    },
  },
} as const satisfies Section;

const LEAKS = {
  title: "What should not be sent in the clear (docs/leaks.md)",
  settings: {
    enabled: { value: true, unit: "", meaning: "look for places, passwords and keys in what is sent unencrypted" },
    rules_folder: {
      value: "",
      unit: "",
      meaning: "folder with YARA rules of your own (*.yar, *.yara), beside the built-in ones",
    },
    hang_seconds: {
      value: 60,
      unit: "seconds",
      meaning: "rules that are not through with a megabyte of traffic after this long are left out and reported",
      minimum: 1,
    },
  },
} as const satisfies Section;

const STORE = {
  title: "What is kept so that it can be asked for later (docs/store.md)",
  settings: {
    place: {
      value: "",
      unit: "",
      meaning:
        "an SQLite file, or a Redis (redis://HOST); empty: store.sqlite in the output directory, or in the state directory when a run stays; none: nothing is kept",
    },
    sensor: {
      value: "",
      unit: "",
      meaning: "name of this sensor among others that write to the same store; empty: the name of this machine",
    },
    records: { value: true, unit: "", meaning: "keep the records too, not only hosts, evidence and alerts" },
    resume: {
      value: true,
      unit: "",
      meaning: "a run that stays goes on after a restart where it ended (docs/resume.md)",
    },
    keep_days: {
      value: 7,
      unit: "days",
      meaning: "records older than this, by the newest, are forgotten; evidence and alerts ten times as old",
      minimum: 0.01,
    },
    keep_mebibytes: {
      value: 4096,
      unit: "mebibytes",
      meaning: "size beyond which the oldest records are forgotten",
      minimum: 16,
    },
  },
} as const satisfies Section;

const FLEET = {
  title: "Detectors on other machines: smartshield sensor and smartshield detect (docs/fleet.md)",
  settings: {
    partitions: {
      value: 4,
      unit: "partitions",
      meaning: "shares into which a sensor divides the profiles: as many threads judge at the same time, at most",
      minimum: 1,
      maximum: 64,
    },
    lease: {
      value: 10,
      unit: "seconds",
      meaning:
        "a detect that has given no sign of life for so long is taken for dead, and others take its partitions over",
      minimum: 1,
      maximum: 600,
    },
    keep_mebibytes: {
      value: 1024,
      unit: "mebibytes",
      meaning: "memory of the Redis for what a run has sent, so that somebody can take over; the oldest goes first",
      minimum: 16,
    },
  },
} as const satisfies Section;

const LIMITS = {
  title: "Bounds on threads and memory; what is dropped to keep them is counted in summary.json",
  settings: {
    workers: {
      value: 0,
      unit: "threads",
      meaning: "detector workers; 0: one for every processor core but one",
      minimum: 0,
      maximum: 64,
    },
    profiles: {
      value: 100_000,
      unit: "profiles",
      meaning: "hosts whose behaviour is remembered; the one idle longest is forgotten first",
      minimum: 1000,
    },
    flows: {
      value: 1_000_000,
      unit: "connections",
      meaning: "connections followed at the same time; the one idle longest is ended first",
      minimum: 1000,
    },
    reassembly_bytes: {
      value: 134_217_728,
      unit: "bytes",
      meaning: "TCP data held back in all, waiting for segments before them",
      minimum: 1_048_576,
    },
  },
} as const satisfies Section;

const STATE = {
  title: "What outlives a run",
  settings: {
    directory: {
      value: "",
      unit: "",
      meaning:
        "keys, what is known of peers, the socket of a running agent; empty: smartshield in the user's state directory",
    },
  },
} as const satisfies Section;

const INTEL = {
  title: "Threat intelligence: lists of what is known to be malicious (docs/intelligence.md)",
  settings: {
    update: {
      value: true,
      unit: "",
      meaning: "fetch feeds while interfaces are watched; files are always analysed with what is there",
    },
    update_period: {
      value: 86_400,
      unit: "seconds",
      meaning: "how old a feed may be before it is asked for again",
      minimum: 300,
    },
    share: {
      value: true,
      unit: "",
      meaning:
        "where the store is a Redis: of all sensors that write to it one fetches feeds, and what services answered is asked once (docs/fleet.md)",
    },
    feeds: {
      value: "",
      unit: "",
      meaning: "file with a list of feeds to use instead of the built-in one, config/feeds.yaml; empty: that",
    },
    disabled_feeds: {
      value: [] as readonly string[],
      unit: "",
      meaning: "feeds of the list that are not used, by name (smartshield intel list)",
    },
    folder: {
      value: "",
      unit: "",
      meaning: "folder with lists of your own: *.csv, *.txt, *.netset, *.intel, *.json; empty: none",
    },
    certificates: {
      value: "",
      unit: "",
      meaning: "file of PEM certificates of authorities to trust besides the usual ones when feeds are fetched",
    },
    asn_database: {
      value: "",
      unit: "",
      meaning: "MaxMind database (.mmdb) with the AS numbers of addresses, such as GeoLite2-ASN; empty: none",
    },
  },
} as const satisfies Section;

const ENRICHMENT = {
  title: "What is known of hosts, domains and files: databases, and look-ups, each off until it is switched on",
  settings: ENRICHMENT_SETTINGS,
} as const satisfies Section;

const P2P = { title: "Peers on the local network (docs/peers.md)", settings: P2P_SETTINGS } as const satisfies Section;

const TRUST = { title: "How peers are weighed (docs/trust.md)", settings: TRUST_SETTINGS } as const satisfies Section;

/** The sections but for the detectors' own. */
export const SECTIONS = {
  traffic: TRAFFIC,
  detection: DETECTION,
  whitelist: WHITELIST,
  flows: FLOWS,
  capture: CAPTURE,
  leaks: LEAKS,
  store: STORE,
  fleet: FLEET,
  follow: FOLLOW,
  limits: LIMITS,
  state: STATE,
  intel: INTEL,
  enrichment: ENRICHMENT,
  p2p: P2P,
  trust: TRUST,
} as const;

type Value<V> = V extends number ? number
  : V extends boolean ? boolean
  : V extends readonly string[] ? readonly string[]
  : string;
type WordsOf<S> = S extends { words: readonly (infer W)[] } ? W : never;
type ValuesOf<S extends Settings> = {
  -readonly [K in keyof S]: S[K] extends { value: string; words: readonly string[] } ? WordsOf<S[K]>
    : Value<S[K]["value"]> | WordsOf<S[K]>;
};

/** The configuration in force: every key has a value. */
export type Configuration =
  & { [S in keyof typeof SECTIONS]: ValuesOf<typeof SECTIONS[S]["settings"]> }
  /** Settings by detector name. */
  & { detectors: Record<string, Record<string, unknown>> };

/** The detectors' sections, by detector name. */
export function detectorSections(): Record<string, Section> {
  return Object.fromEntries(
    DETECTORS.map(({ name, summary, settings }) => [name, { title: summary, settings: settings as Settings }]),
  );
}

/** All defaults. */
export function defaultConfiguration(): Configuration {
  const defaults = (settings: Settings): Record<string, unknown> =>
    Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value]));
  return {
    ...Object.fromEntries(Object.entries(SECTIONS).map(([name, { settings }]) => [name, defaults(settings)])),
    detectors: Object.fromEntries(
      Object.entries(detectorSections()).map(([name, { settings }]) => [name, defaults(settings)]),
    ),
  } as unknown as Configuration;
}
