// Password guessing over SSH: many failed logins of one host at one server, told at 9, 10, 12, 16, 24, 40 ... attempts;
// and Zeek's own notice of it, which also makes us surer of what we counted.

import { isAddress } from "../agent/record/address.ts";
import { serviceName } from "../agent/intel/tables/services.ts";
import type { RecordOf } from "../agent/record/schema.ts";
import { type Context, defineDetector } from "./contract.ts";
import { keep } from "./keep.ts";
import { cut, showUid, TEXT_LENGTH, UIDS_SHOWN } from "./shown.ts";
import { loginOutcome } from "./ssh-login.ts";

/** Servers remembered of one profile in one window; those tried longest ago go first. Own choice. */
const CAMPAIGNS_KEPT = 1024;

// How sure one is: from HALF_SURE at the threshold, growing by GROWTH until it is certain, plus what the client's banner
// adds, which stays below certainty.
const ATTEMPTS_FOR_CERTAINTY = 30;
const HALF_SURE = 0.5;
const GROWTH = 0.4;
const BONUS_OF_SOFTWARE_LOG = 0.03;
const BONUS_OF_AUTOMATION = 0.07;
const BONUS_OF_KNOWN_CLIENT = 0.02;

/** Libraries and crackers: what programs use to log in, and people do not. */
const AUTOMATION = "libssh libssh2 paramiko hydra medusa ncrack net::ssh net-ssh asyncssh jsch sshj".split(" ");
/** What people use. */
const KNOWN_CLIENTS = ["openssh", "putty", "dropbear", "winscp"];

/** Failed logins at one server and port. */
interface Campaign {
  attempts: number;
  /** How often it was reported, in steps of the scale; -1 for not yet. */
  step: number;
  uids: string[];
}

/** How a client names itself, and where that was read. */
interface Banner {
  text: string;
  source: "software.log" | "ssh.log";
}

interface Guessing {
  campaigns: Map<string, Campaign> | undefined;
  /** Connections in which Zeek saw the profile guess; 0 while it has not said so. */
  confirmed: number;
  noticed: boolean;
}

type Ours = Context<{ attempts: number }, { banner: string | undefined }, Guessing>;

export const passwordGuessing = defineDetector({
  name: "password-guessing",
  summary: "A host fails to log in by SSH again and again: it guesses passwords",
  raises: {
    password_guessing: {
      meaning:
        "A host failed to log in by SSH again and again: it guesses passwords. From the Internet that happens to " +
        "every open SSH port every day; from inside it means that one of your hosts is taken over or misused.",
      threats: ["medium"],
      techniques: ["T1110.001"],
      falsePositives: "A script with an old password or key, monitoring that only looks whether SSH answers.",
      whatToDo:
        "Check for ssh_successful from the same host. Allow keys only, close port 22 to the world, and if the " +
        "guesser is your own host, isolate it.",
    },
  },
  settings: {
    attempts: {
      value: 9,
      unit: "attempts",
      meaning: "failed logins at one server and port in one time window to be reported",
      minimum: 1,
    },
  },
  memory: () => ({ banner: undefined as string | undefined }),
  windowMemory: (): Guessing => ({ campaigns: undefined, confirmed: 0, noticed: false }),
  on: {
    ssh: judgeLogin,
    software(record, { memory }) {
      if (record.software_type !== "SSH::CLIENT") return;
      memory.banner = cut([record.name, record.unparsed_version].filter(Boolean).join(" "), TEXT_LENGTH);
    },
    notice: passOn,
  },
});

function judgeLogin(record: RecordOf<"ssh">, context: Ours): void {
  if (loginOutcome(record) === true) return;
  const { resp_h, resp_p, uid, auth_attempts, client, kex_alg } = record;
  // Whoever leaves before keys are agreed upon has tried no password: monitoring looks whether SSH answers. (Where no count
  // of attempts is kept, nor are the keys.)
  if (auth_attempts === 0 && kex_alg === undefined) return;
  const { settings, windowMemory: guessing, memory, profile } = context;
  const campaigns = guessing.campaigns ??= new Map();
  const server = `${resp_h} ${resp_p}`;
  const campaign = campaigns.get(server) ?? { attempts: 0, step: -1, uids: [] };
  keep(campaigns, server, campaign, CAMPAIGNS_KEPT);
  campaign.attempts += auth_attempts !== undefined && auth_attempts > 0 ? auth_attempts : 1;
  showUid(campaign.uids, uid);
  const step = stepOf(campaign.attempts, settings.attempts);
  if (step <= campaign.step) return;
  campaign.step = step;
  const banner: Banner | undefined = memory.banner !== undefined
    ? { text: memory.banner, source: "software.log" }
    : client === undefined
    ? undefined
    : { text: cut(client, TEXT_LENGTH), source: "ssh.log" };
  const confidence = confidenceOf(Math.max(campaign.attempts, guessing.confirmed), settings.attempts, banner);
  const port = `${serviceName(resp_p, "tcp") ?? ""} ${resp_p}/tcp`.trimStart();
  context.raise({
    type: "password_guessing",
    threat: "medium",
    confidence,
    attacker: { direction: "src", kind: "ip", value: profile },
    victim: isAddress(resp_h) ? { direction: "dst", kind: "ip", value: resp_h } : undefined,
    uids: campaign.uids.length < UIDS_SHOWN ? [...campaign.uids] : [...campaign.uids, uid],
    proto: "tcp",
    dst_port: resp_p,
    description: `SSH password guessing: ${profile} failed to log in to ${resp_h} (port ${port}) ` +
      `${campaign.attempts} times` +
      (banner === undefined ? "" : `, with the client "${banner.text}" (from ${banner.source})`) +
      `${guessing.confirmed > 0 ? ", confirmed by a notice of Zeek's" : ""}`,
  });
}

/** The steps of the scale: 0 at the threshold, then one more each time the attempts beyond it double; -1 below. */
function stepOf(attempts: number, threshold: number): number {
  return attempts < threshold ? -1 : Math.floor(Math.log2(attempts - threshold + 1));
}

function confidenceOf(attempts: number, threshold: number, banner: Banner | undefined): number {
  const certain = Math.max(threshold, ATTEMPTS_FOR_CERTAINTY);
  if (attempts >= certain) return 1;
  const grown = Math.max(0, (attempts - threshold) / (certain - threshold));
  const confidence = HALF_SURE + GROWTH * grown + (banner === undefined ? 0 : bonusOf(banner));
  return Math.round(confidence * 100) / 100;
}

function bonusOf({ text, source }: Banner): number {
  const name = text.toLowerCase();
  const contains = (part: string) => name.includes(part);
  return (source === "software.log" ? BONUS_OF_SOFTWARE_LOG : 0) +
    (AUTOMATION.some(contains) ? BONUS_OF_AUTOMATION : KNOWN_CLIENTS.some(contains) ? BONUS_OF_KNOWN_CLIENT : 0);
}

/** Zeek's SSH::Password_Guessing: told once a window; later ones only say in how many connections. */
function passOn(record: RecordOf<"notice">, context: Ours): void {
  if (!record.note.includes("Password_Guessing")) return;
  const { windowMemory: guessing, profile } = context;
  const text = record.msg ?? record.note;
  guessing.confirmed = Math.max(guessing.confirmed, connectionsIn(text));
  if (guessing.noticed) return;
  guessing.noticed = true;
  context.raise({
    type: "password_guessing",
    threat: "medium",
    confidence: 1,
    attacker: { direction: "src", kind: "ip", value: profile },
    description: `SSH password guessing by ${profile}, confirmed by a notice of Zeek's: ${cut(text, TEXT_LENGTH)}`,
  });
}

/** "10.0.0.1 appears to be guessing SSH passwords (seen in 30 connections).": 30; at least 1, as there is a notice. */
function connectionsIn(text: string): number {
  return Number(/seen in (\d{1,9}) connections/.exec(text)?.[1] ?? 1);
}
