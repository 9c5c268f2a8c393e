// What software hosts say they run, in banners and user agents: one `software` record for a host, kind, name and version.

import { BoundedMap } from "../profile/bounded-map.ts";
import type { Output } from "./analyzer.ts";
import { parseSoftware, type SoftwareVersion } from "./software-version.ts";

/** Findings that are remembered; beyond this the oldest is forgotten and would be reported again. */
export const SOFTWARE_LIMIT = 20_000;
/** A finding is reported again after a day (Zeek's expiry of what it tracks), seconds. */
export const SOFTWARE_EXPIRY = 86_400;
/** Longer texts are cut: nobody's version stands that far behind. */
export const SOFTWARE_TEXT_LIMIT = 1024;

/** One statement about software. */
export interface SoftwareFinding {
  readonly host: string;
  /** The server's port; left out for clients. */
  readonly port?: number | undefined;
  /** Zeek's name: "HTTP::BROWSER", "SSH::SERVER", … */
  readonly type: string;
  /** The text as it was sent. */
  readonly text: string;
  /** Name and version, where the protocol states them apart (SSH). */
  readonly version?: SoftwareVersion | undefined;
}

export interface SoftwareRegister {
  /** Takes a statement, and hands on a record unless the same is known of the host. */
  found(output: Output, finding: SoftwareFinding): void;
}

/** A new, empty register. */
export function newSoftwareRegister(): SoftwareRegister {
  // By the text first: the same text comes with every request, and need not be parsed again.
  const texts = newMemory();
  const versions = newMemory();
  return {
    found(output, finding) {
      const text = finding.text.slice(0, SOFTWARE_TEXT_LIMIT);
      if (text === "" || !texts.isNew(`${finding.host} ${finding.type} ${text}`, output.now)) return;
      const version = finding.version ?? parseSoftware(text);
      if (!versions.isNew(`${finding.host} ${finding.type} ${versionKey(version)}`, output.now)) return;
      output.emit({
        kind: "software",
        ts: output.now,
        host: finding.host,
        host_p: finding.port,
        software_type: finding.type,
        name: version.name,
        "version.major": version.major,
        "version.minor": version.minor,
        "version.minor2": version.minor2,
        "version.minor3": version.minor3,
        "version.addl": version.addl,
        unparsed_version: text,
      });
    },
  };
}

function versionKey(version: SoftwareVersion): string {
  const { name, major, minor, minor2, minor3, addl } = version;
  return [name, major, minor, minor2, minor3, addl].join(" ");
}

function newMemory(): { isNew(key: string, now: number): boolean } {
  const seen = new BoundedMap<string, number>(SOFTWARE_LIMIT);
  return {
    isNew(key, now) {
      const since = seen.get(key);
      if (since !== undefined && now - since < SOFTWARE_EXPIRY) return false;
      seen.set(key, now);
      return true;
    },
  };
}
