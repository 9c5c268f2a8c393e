// Judges what the machine said about itself. Pure: facts in, findings out.

import { RIGHTS_ADVICE } from "../source/interface/refusal.ts";
import type { SystemInterface } from "../source/interface/system.ts";
import type { Finding } from "./finding.ts";

/** Bits of linux/capability.h. */
const CAP_NET_ADMIN = 1n << 12n;
const CAP_NET_RAW = 1n << 13n;
const GIBIBYTE = 2 ** 30;
/** Free room below which results may not fit, bytes: a day of a small office's results; and what one run needs at least. */
const LITTLE_ROOM = GIBIBYTE;
const NO_ROOM = GIBIBYTE / 10;
/** A clock before this was never set, Unix seconds: 1 January 2025. */
const EARLIEST_TIME = 1_735_689_600;
/** Seconds by which the clock may be wrong before times in evidence mislead. */
const TOLERABLE_ERROR = 1;

const ADVICE = `${RIGHTS_ADVICE[0]!.toUpperCase()}${RIGHTS_ADVICE.slice(1)}`;

/** Whether packets may be captured and hosts be blocked. */
export function checkRights({ user, capabilities }: { user: number; capabilities: bigint }): Finding[] {
  const who = user === 0 ? "root" : `user ${user}`;
  const capture = (capabilities & CAP_NET_RAW) !== 0n;
  const administer = (capabilities & CAP_NET_ADMIN) !== 0n;
  return [
    capture
      ? { state: "good", subject: "right to capture", finding: `${who} has CAP_NET_RAW` }
      : { state: "bad", subject: "right to capture", finding: `${who} lacks CAP_NET_RAW`, advice: ADVICE },
    administer
      ? { state: "good", subject: "right to block", finding: `${who} has CAP_NET_ADMIN` }
      : { state: "warning", subject: "right to block", finding: `${who} lacks CAP_NET_ADMIN`, advice: ADVICE },
  ];
}

/** Whether an interface is there and may hear something. */
export function checkInterface(name: string, interfaces: readonly SystemInterface[]): Finding {
  const subject = `interface ${name}`;
  const found = interfaces.find((one) => one.name === name);
  if (found === undefined) {
    const others = interfaces.filter(({ up }) => up).map(({ name }) => name).join(", ");
    return { state: "bad", subject, finding: "there is none of this name", advice: `There are ${others}` };
  }
  if (!found.up) {
    return { state: "bad", subject, finding: "it is switched off", advice: `sudo ip link set ${name} up` };
  }
  if (!found.running) {
    return {
      state: "warning",
      subject,
      finding: "it is on but not connected",
      advice: "Look at the cable or the Wi-Fi",
    };
  }
  const addresses = found.addresses.map(({ ip }) => ip).join(", ");
  return {
    state: "good",
    subject,
    finding: addresses === ""
      ? "connected, without an address: it only listens, as at a mirror port"
      : `connected, ${addresses}`,
  };
}

/** What the card or the kernel does to packets before anybody sees them; undefined where that cannot be asked. */
export interface Offloads {
  /** Generic and large receive offload: packets of a connection are joined. */
  gro: boolean | undefined;
  lro: boolean | undefined;
}

/** Whether packets are joined before they are seen: their number, sizes and times are then not those of the wire. */
export function checkOffloads(name: string, { gro, lro }: Offloads): Finding {
  const subject = `offloads of ${name}`;
  const joined = [...(gro === true ? ["gro"] : []), ...(lro === true ? ["lro"] : [])];
  if (gro === undefined && lro === undefined) return { state: "good", subject, finding: "it has none to speak of" };
  if (joined.length === 0) return { state: "good", subject, finding: "packets are seen as they were on the wire" };
  return {
    state: "warning",
    subject,
    finding: `packets are joined before they are seen (${joined.join(", ")}), which hides their number and sizes`,
    advice: `sudo ethtool -K ${name} ${joined.map((one) => `${one} off`).join(" ")}`,
  };
}

/** A shared library and what it is for. */
export interface LibraryFacts {
  readonly name: string;
  readonly found: boolean;
  readonly neededFor: string;
  /** Nothing works without it. */
  readonly necessary: boolean;
  /** Debian's, Fedora's and Arch's packages. */
  readonly packages: readonly [apt: string, dnf: string, pacman: string];
}

export function checkLibrary({ name, found, neededFor, necessary, packages }: LibraryFacts): Finding {
  const subject = `library ${name}`;
  if (found) return { state: "good", subject, finding: `found (${neededFor})` };
  const [apt, dnf, pacman] = packages;
  return {
    state: necessary ? "bad" : "warning",
    subject,
    finding: `not found; without it there is no ${neededFor}`,
    advice: `apt install ${apt}, dnf install ${dnf}, or pacman -S ${pacman}`,
  };
}

/** Whether results will fit. */
export function checkDisk(path: string, { total, free }: { total: number; free: number }): Finding {
  const subject = `disk of ${path}`;
  const finding = `${(free / GIBIBYTE).toFixed(1)} of ${(total / GIBIBYTE).toFixed(1)} GiB are free`;
  if (free >= LITTLE_ROOM) return { state: "good", subject, finding };
  const advice = "Make room, or name another directory with --out";
  return { state: free < NO_ROOM ? "bad" : "warning", subject, finding, advice };
}

/** Whether times can be believed: evidence is of little use with wrong ones. */
export function checkClock(
  now: number,
  { synchronised, maximumError }: { synchronised: boolean; maximumError: number },
): Finding {
  const subject = "clock";
  const advice = "Have it set from the network: sudo timedatectl set-ntp true";
  const time = new Date(now * 1000).toISOString().slice(0, 16).replace("T", " ");
  if (now < EARLIEST_TIME) return { state: "bad", subject, finding: `it says ${time}, so it was never set`, advice };
  if (!synchronised) {
    return {
      state: "warning",
      subject,
      finding: `it says ${time}, and nothing keeps it right as far as the kernel knows`,
      advice,
    };
  }
  if (maximumError > TOLERABLE_ERROR) {
    return { state: "warning", subject, finding: `it may be wrong by ${maximumError.toFixed(1)} s`, advice };
  }
  return { state: "good", subject, finding: `kept right to ${Math.ceil(maximumError * 1000)} ms` };
}
