// SSH programs that change their version: tools that give themselves another name with each try, or several machines
// behind one address. Every new version of a host is told once, with the one it had before.

import type { RecordOf } from "../agent/record/schema.ts";
import { defineDetector } from "./contract.ts";
import { keepNew } from "./keep.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";

/** Versions remembered of one host and kind of program; who has had so many changes them at will. Own choice. */
export const VERSIONS_KEPT = 16;
/** Ports with a server of their own remembered of one host. Own choice. */
export const PROGRAMS_KEPT = 64;

/** How sure one is when the same program has another version, and when it is another program. */
const CONFIDENCE = 0.9;
const CONFIDENCE_OF_ANOTHER_PROGRAM = 0.5;

/** A program as a host named it. */
interface Version {
  program: string;
  /** "8.1" */
  number: string;
}

const ROLES: Readonly<Record<string, string>> = { "SSH::CLIENT": "client", "SSH::SERVER": "server" };

export const multipleSshVersions = defineDetector({
  name: "multiple-ssh-versions",
  summary: "The SSH program of a host keeps changing its version, as tools do that pretend to be others",
  raises: {
    multiple_ssh_versions: {
      meaning:
        "The SSH program of one host gave another version than before, within one run. Programs are not upgraded " +
        "that often: a tool that changes its name with every try, or several machines behind one address.",
      threats: ["medium"],
      techniques: ["T1036", "T1021.004"],
      falsePositives:
        "An upgrade, a second SSH client or server on the same host, several hosts behind one address (NAT).",
      whatToDo:
        "Look at both versions in the finding. If the host is yours, see which programs they are (`ssh -V`, the " +
        "services that listen) and who started them; from outside, read it together with password_guessing.",
    },
  },
  settings: {},
  /** By role and, for servers, port: each port of a host may have a server of its own. */
  memory: () => new Map<string, Version[]>(),
  on: {
    software(record, context) {
      const role = ROLES[record.software_type];
      const current = versionOf(record);
      if (role === undefined || current === undefined) return;
      const { memory, profile } = context;
      const key = role === "server" ? `${role} ${record.host_p ?? ""}` : role;
      const before = memory.get(key);
      if (before === undefined) {
        keepNew(memory, key, [current], PROGRAMS_KEPT);
        return;
      }
      if (before.some(({ program, number }) => program === current.program && number === current.number)) return;
      const last = before.findLast(({ program }) => program === current.program) ?? before.at(-1)!;
      before.push(current);
      if (before.length > VERSIONS_KEPT) before.shift();
      context.raise({
        type: "multiple_ssh_versions",
        threat: "medium",
        confidence: last.program === current.program ? CONFIDENCE : CONFIDENCE_OF_ANOTHER_PROGRAM,
        attacker: { direction: "src", kind: "ip", value: profile },
        description:
          `SSH ${role} version changing: ${profile} used ${text(last)} before and now ${text(current)}, as ` +
          `tools do that pretend to be others`,
        fold: role,
      });
    },
  },
});

/** Name and the first two numbers; undefined when the host gave no number. */
function versionOf(record: RecordOf<"software">): Version | undefined {
  const major = record["version.major"];
  if (major === undefined) return undefined;
  return { program: cut(record.name ?? "", TEXT_LENGTH), number: `${major}.${record["version.minor"] ?? 0}` };
}

function text({ program, number }: Version): string {
  return `${program} ${number}`.trimStart();
}
