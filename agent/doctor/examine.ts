// Examines the machine for `smartshield doctor`: asks it, and has the answers judged.

import { type Libc, openLibc } from "../../ffi/libc.ts";
import { openLibpcap } from "../../ffi/libpcap.ts";
import { LibraryMissing } from "../../ffi/library-paths.ts";
import { explained } from "../source/interface/refusal.ts";
import { openRing } from "../source/interface/ring.ts";
import { openSystem, type SystemInterface } from "../source/interface/system.ts";
import {
  checkClock,
  checkDisk,
  checkInterface,
  checkLibrary,
  checkOffloads,
  checkRights,
  type LibraryFacts,
} from "./checks.ts";
import { readOffloads } from "./ethtool.ts";
import type { Finding } from "./finding.ts";

/** Blocks of the ring that is opened to see whether it can be: the fewest that capture would try. */
const TRIAL_BLOCKS = 4;

const LIBC: Omit<LibraryFacts, "found"> = {
  name: "libc (GNU)",
  neededFor: "live capture, blocking",
  necessary: true,
  packages: ["libc6", "glibc", "glibc"],
};
const LIBPCAP: Omit<LibraryFacts, "found"> = {
  name: "libpcap",
  neededFor: "filters, capture from any and nflog",
  necessary: false,
  packages: ["libpcap0.8", "libpcap", "libpcap"],
};

export interface Examination {
  /** Interfaces to be watched; without any, all that are switched on, but for the loopback, are looked at. */
  readonly interfaces: readonly string[];
  /** Directory in which results would be written, or the nearest of its parents that is there. */
  readonly directory: string;
  /** Unix seconds. */
  readonly now: number;
}

/** Looks at everything; what cannot be looked at is a finding too. Needs the FFI permission for libc and libpcap. */
export function examine({ interfaces, directory, now }: Examination): Finding[] {
  let libc: Libc;
  try {
    libc = openLibc();
  } catch (error) {
    if (error instanceof LibraryMissing) return [checkLibrary({ ...LIBC, found: false })];
    throw error;
  }
  const system = openSystem(libc);
  const known = system.picture().interfaces;
  system.close();
  const names = interfaces.length > 0
    ? interfaces
    : known.filter(({ up, name }) => up && name !== "lo").map(({ name }) => name);
  return [
    checkLibrary({ ...LIBC, found: true }),
    checkLibrary({ ...LIBPCAP, found: isThere(libc) }),
    ...checkRights({ user: libc.effectiveUser(), capabilities: libc.capabilities() }),
    ...names.flatMap((name) => examineInterface(libc, name, known)),
    checkDisk(directory, libc.fileSystem(directory)),
    checkClock(now, libc.clock()),
  ];
}

function isThere(libc: Libc): boolean {
  try {
    openLibpcap(libc).unload();
    return true;
  } catch (error) {
    if (error instanceof LibraryMissing) return false;
    throw error;
  }
}

function examineInterface(libc: Libc, name: string, known: readonly SystemInterface[]): Finding[] {
  const state = checkInterface(name, known);
  const found = known.find((one) => one.name === name);
  if (found === undefined) return [state];
  return [state, checkOffloads(name, readOffloads(libc, name)), tryCapture(libc, found)];
}

/** Opens a small ring on the interface and closes it again. */
function tryCapture(libc: Libc, { name, index, hardwareType }: SystemInterface): Finding {
  const subject = `capture on ${name}`;
  try {
    openRing(libc, {
      index,
      hardwareType,
      blocks: TRIAL_BLOCKS,
      promiscuous: false,
      filter: undefined,
      fanoutGroup: undefined,
    }).close();
    return { state: "good", subject, finding: "the kernel hands its packets over" };
  } catch (error) {
    const reason = explained(error, name);
    if (!(reason instanceof Error)) throw error;
    return { state: "bad", subject, finding: reason.message.replace(/\.$/, "") };
  }
}
