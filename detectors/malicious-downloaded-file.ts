// Files that are known to be malicious, by their hashes: looked up in the lists at hand, and where they do not know it and
// the user has allowed it, asked of services.

import type { RecordOf } from "../agent/record/schema.ts";
import type { ThreatLevel } from "../agent/evidence/evidence.ts";
import { defineDetector } from "./contract.ts";
import {
  ANY_LEVEL,
  type Contact,
  contactOf,
  host,
  type JudgeContact,
  listedBy,
  look,
  lookAgain,
  newLookBack,
  seen,
} from "./listed.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";
import { levelOfShare } from "./verdicts.ts";

/** How sure one is of what one service says, and of what several say together. */
const CONFIDENCE_OF_ONE = 0.7;

interface File extends Contact {
  md5: string | undefined;
  sha1: string | undefined;
  sha256: string | undefined;
  /** Who sent it, and who got it. */
  sender: string;
  receiver: string;
  /** "setup.exe (application/x-dosexec, 12,345 bytes)". */
  what: string;
}

export const maliciousDownloadedFile = defineDetector({
  name: "malicious-downloaded-file",
  summary: "A file goes over the network that is known to be malicious",
  raises: {
    malicious_downloaded_file: {
      meaning:
        "A file was transferred whose hash is known from malware. The host that got it may be infected, unless " +
        "something on it stopped the file. Told for both ends.",
      threats: ANY_LEVEL,
      techniques: ["T1105", "T1204.002"],
      falsePositives:
        "Security researchers and scanners that fetch samples; a list that names a harmless file (put its " +
        "MD5 into a file of known good ones, docs/intelligence.md).",
      whatToDo: "Find the file on the host and examine the host. Find out who else got it.",
    },
  },
  settings: {},
  memory: newLookBack<File>,
  on: {
    files(record, context) {
      const file = fileOf(record);
      // D4: only the very file that is known to be harmless is passed over.
      if (file === undefined || (file.md5 !== undefined && context.intel.isKnownGood(file.md5))) return;
      const { md5, sha1, sha256 } = file;
      look(sha256 ?? md5 ?? sha1!, file, context, judge);
      if (find(file, context) === undefined) context.ask({ ask: "file", md5, sha1, sha256 }, file);
    },
  },
  intelArrived: (context) => lookAgain(context, judge),
  answered(note, { verdicts }, context) {
    const file = note as File;
    const bad = verdicts.filter(({ says }) => says === "malicious");
    if (bad.length === 0) return;
    const share = Math.max(...bad.map(({ share }) => share ?? NaN).filter((each) => !Number.isNaN(each)));
    const words = bad.map(({ service, words }) => `${service}: ${words}`).join("; ");
    raiseBoth(file, context, {
      threat: levelOfShare(share, "high"),
      confidence: bad.length > 1 ? 1 : CONFIDENCE_OF_ONE,
      why: `(known to ${cut(words, TEXT_LENGTH)})`,
    });
  },
});

type FileContext = Parameters<JudgeContact<File>>[1];

/** A file with a hash that is no certificate. */
function fileOf(record: RecordOf<"files">): File | undefined {
  const { orig_h, resp_h, md5, sha1, sha256, is_orig, filename, mime_type, total_bytes, seen_bytes } = record;
  if (orig_h === undefined || resp_h === undefined || (record.source ?? "").toUpperCase().includes("SSL")) {
    return undefined;
  }
  if (md5 === undefined && sha1 === undefined && sha256 === undefined) return undefined;
  const [sender, receiver] = is_orig === true ? [orig_h, resp_h] : [resp_h, orig_h];
  const size = total_bytes ?? seen_bytes;
  const facts = [mime_type, size === undefined ? undefined : `${size.toLocaleString("en-GB")} bytes`];
  const known = facts.filter((fact) => fact !== undefined).join(", ");
  return {
    ...contactOf({ ...record, orig_h, resp_h }),
    md5: md5?.toLowerCase(),
    sha1: sha1?.toLowerCase(),
    sha256: sha256?.toLowerCase(),
    sender,
    receiver,
    what: `${filename === undefined ? "a file" : `the file ${cut(filename, TEXT_LENGTH)}`}${
      known === "" ? "" : `, ${known},`
    }`,
  };
}

function find({ md5, sha1, sha256 }: File, { intel }: FileContext) {
  return (sha256 && intel.file("sha256", sha256)) || (sha1 && intel.file("sha1", sha1)) ||
    (md5 && intel.file("md5", md5)) || undefined;
}

const judge: JudgeContact<File> = (file, context) => {
  const match = find(file, context);
  if (match === undefined) return false;
  raiseBoth(file, context, { threat: match.level, confidence: match.confidence, why: listedBy(match) });
  return true;
};

function raiseBoth(
  file: File,
  context: FileContext,
  { threat, confidence, why }: { threat: ThreatLevel; confidence: number; why: string },
): void {
  const { sender, receiver, orig_h, orig_p, resp_p, md5, sha1, sha256, what } = file;
  const hash = md5 === undefined ? sha256 === undefined ? `SHA-1 ${sha1}` : `SHA-256 ${sha256}` : `MD5 ${md5}`;
  const [receiverSide, senderSide] = receiver === orig_h ? ["src", "dst"] as const : ["dst", "src"] as const;
  const both = {
    type: "malicious_downloaded_file",
    threat,
    confidence,
    proto: "tcp",
    src_port: orig_p,
    dst_port: resp_p,
    ...seen(file),
    description: `${receiver} got ${what} with the malicious ${hash} ${why} from ${sender}`,
    fold: hash,
  } as const;
  context.raise(
    { ...both, attacker: host(receiverSide, receiver), victim: host(senderSide, sender), profile: receiver },
    { ...both, attacker: host(senderSide, sender), victim: host(receiverSide, receiver), profile: sender },
  );
}
