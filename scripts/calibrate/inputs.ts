// The labelled inputs: crafted attacks and innocent days, and the field's labelled captures where they lie beside the clone.
// An input says who is malicious when; a new one is one more entry.

import { home } from "../../tests/benign/home.ts";
import { office } from "../../tests/benign/office.ts";
import { pcapChunks } from "../../tests/craft/file/pcap.ts";
import { writeFile } from "../../tests/craft/file/write.ts";
import { place } from "../demo/place.ts";
import { ordinaryDay } from "../demo/ordinary-day.ts";
import { story } from "../demo/story.ts";
import { attackers } from "./attacks.ts";

/** Who is known to be malicious: as the records' labels say, or named hosts (from a time on, until another). */
export type Truth =
  | { readonly by: "labels" }
  | {
    readonly by: "hosts";
    readonly malicious: readonly { readonly host: string; readonly from?: number; readonly to?: number }[];
    /** All others are known to be innocent; otherwise nothing is known of them. */
    readonly othersInnocent: boolean;
  };

export interface LabelledInput {
  readonly name: string;
  readonly what: string;
  readonly truth: Truth;
  /** A file or folder beside the clone, or how the capture is made. */
  readonly path?: string;
  readonly make?: (path: string) => void;
}

const nobody = { by: "hosts", malicious: [], othersInnocent: true } as const;

/** Hosts of a capture that are known to attack; of the others nothing is known. */
function known(...hosts: string[]): Truth {
  return { by: "hosts", malicious: hosts.map((host) => ({ host })), othersInnocent: false };
}

/** What is crafted here, from `directory` on. */
export function craftedInputs(): LabelledInput[] {
  const attacks = attackers();
  return [
    {
      name: "crafted attacks",
      what: "an office of 40 machines, 12 of which attack, each in another way",
      truth: { by: "hosts", malicious: attacks.attackers, othersInnocent: true },
      make: (path) => void attacks.net.writePcap(path),
    },
    {
      name: "demo",
      what: "the office of `deno task demo`, in which one machine is taken over",
      truth: { by: "hosts", malicious: [{ host: "192.168.1.23", from: 1_709_626_320 }], othersInnocent: true },
      make: (path) => void story().writePcap(path),
    },
    {
      name: "demo without the intrusion",
      what: "the same office on a good day",
      truth: nobody,
      make(path) {
        const at = place();
        ordinaryDay(at);
        at.net.writePcap(path);
      },
    },
    {
      name: "home",
      what: "a day in which nothing is wrong",
      truth: nobody,
      make: (path) => void writeFile(path, pcapChunks(home(), {})),
    },
    {
      name: "office",
      what: "another, with 120 machines",
      truth: nobody,
      make: (path) => void writeFile(path, pcapChunks(office(), {})),
    },
  ];
}

/** The field's data sets (Stratosphere Laboratory), as they lie in `datasets`; those that are not there are left out. */
export function fieldInputs(datasets: string): LabelledInput[] {
  const inputs: LabelledInput[] = [
    {
      name: "labelled 001",
      what: "NjRAT, labelled by flow",
      path: "labelled/001-zeek-scenario-malicious/labeled-conn.log",
      truth: { by: "labels" },
    },
    {
      name: "labelled 002",
      what: "one host scans with nmap",
      path: "labelled/002-zeek-scenario-port-scanning/conn.log",
      truth: known("172.16.1.11"),
    },
    {
      name: "labelled 008",
      what: "a day of an office host, attacked from outside, labelled by flow",
      path: "labelled/008-zeek-mixed/data",
      truth: { by: "labels" },
    },
    {
      name: "labelled 010",
      what: "a day of another",
      path: "labelled/010-zeek-mixed/data",
      truth: { by: "labels" },
    },
    {
      name: "infected host",
      what: "an infected Windows host",
      path: "infected-host.pcap",
      truth: known("192.168.2.16"),
    },
    { name: "ping sweep", what: "an ICMP scan", path: "icmp-scan.pcap", truth: known("192.168.1.109") },
    { name: "password guessing", what: "SSH", path: "ssh-brute-force.pcap", truth: known("147.32.80.40") },
    { name: "port scan", what: "42 ports of one host", path: "vertical-scan", truth: known("192.168.1.9") },
    {
      name: "mixed",
      what: "ICMP scans, odd ports and certificates",
      path: "zeek-mixed",
      truth: known("192.168.1.15", "10.0.2.15"),
    },
    {
      name: "notices of scans",
      what: "and high-entropy answers",
      path: "zeek-tor-and-txt",
      truth: known("147.32.83.156"),
    },
    { name: "DHCP scan", what: "Zeek logs", path: "zeek-dhcp-scan", truth: known("192.168.1.30") },
    { name: "sweep", what: "port 81 of 64 hosts, Argus", path: "scan.binetflow", truth: known("192.168.2.12") },
    { name: "RDP sweep", what: "28 hosts, Argus", path: "rdp-scan.binetflow", truth: known("46.166.151.160") },
    { name: "noisy host", what: "nfdump", path: "flows.nfdump", truth: known("147.32.80.119") },
    { name: "C&C", what: "a C&C channel", path: "command-and-control.pcap", truth: known("147.32.80.37") },
  ];
  return inputs.filter(({ path }) => exists(`${datasets}/${path}`)).map((input) => ({
    ...input,
    path: `${datasets}/${input.path}`,
  }));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
