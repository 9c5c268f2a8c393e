// Successful SSH logins: told by the outcome where the record has one, else by the size of the connection, since failed
// logins exchange little. After password guessing this is the line to look for.

import type { RecordOf } from "../agent/record/schema.ts";
import { type Context, defineDetector } from "./contract.ts";
import { keep } from "./keep.ts";
import { loginOutcome } from "./ssh-login.ts";

/** Logins and connections of one profile that wait for each other; the oldest go first. Own choice. */
const WAITING = 256;

/** A login whose connection has not ended yet. */
interface Login {
  ts: number;
  orig_h: string;
  resp_h: string;
  /** Whether the record says that it succeeded; otherwise nothing can be told before the connection's size is known. */
  certain: boolean;
}

interface Sessions {
  logins: Map<string, Login>;
  /** Bytes of connections whose login record has not come yet. */
  sizes: Map<string, number>;
}

type Ours = Context<{ bytes: number; wait: number }, { sessions: Sessions | undefined }, undefined>;

export const sshSuccessful = defineDetector({
  name: "ssh-successful",
  summary: "Somebody logged in by SSH: harmless where it is expected, grave after password guessing",
  raises: {
    ssh_successful: {
      meaning:
        "Somebody logged in by SSH. That is what SSH is for; after password guessing by the same host it means " +
        "that the guessing worked.",
      threats: ["info"],
      techniques: ["T1021.004", "T1078"],
      falsePositives: "Administrators, backups and automation: nearly all of it.",
      whatToDo:
        "Read it together with password_guessing. If a guesser got in: disable the account, end its sessions, " +
        "change its password and keys, and look at what was done.",
    },
  },
  settings: {
    bytes: {
      value: 4290,
      unit: "bytes",
      meaning: "where the outcome is unknown, a connection with more than this in both directions is a login",
      minimum: 0,
    },
    wait: {
      value: 15,
      unit: "seconds",
      meaning: "how long a login that is known to have succeeded waits for its connection, to tell its size",
      minimum: 1,
    },
  },
  memory: () => ({ sessions: undefined as Sessions | undefined }),
  on: {
    ssh(record, context) {
      const outcome = loginOutcome(record);
      if (outcome === false) return;
      const { uid, ts, orig_h, resp_h } = record;
      const login: Login = { ts, orig_h, resp_h, certain: outcome === true };
      const { logins, sizes } = sessionsOf(context);
      const bytes = sizes.get(uid);
      if (bytes !== undefined) {
        sizes.delete(uid);
        decide(uid, login, bytes, context);
        return;
      }
      keep(logins, uid, login, WAITING);
      if (login.certain) context.after(context.settings.wait, uid);
    },
    conn(record, context) {
      const { uid, service } = record;
      const login = context.memory.sessions?.logins.get(uid);
      if (login !== undefined) {
        context.memory.sessions!.logins.delete(uid);
        decide(uid, login, bytesOf(record), context);
      } else if (service !== undefined && service.includes("ssh")) {
        keep(sessionsOf(context).sizes, uid, bytesOf(record), WAITING);
      }
    },
  },
  timer(note, context) {
    const uid = note as string;
    const logins = context.memory.sessions?.logins;
    const login = logins?.get(uid);
    if (login === undefined) return;
    logins!.delete(uid);
    decide(uid, login, undefined, context);
  },
});

function sessionsOf({ memory }: Ours): Sessions {
  return memory.sessions ??= { logins: new Map(), sizes: new Map() };
}

function bytesOf({ orig_bytes, resp_bytes }: RecordOf<"conn">): number {
  return (orig_bytes ?? 0) + (resp_bytes ?? 0);
}

function decide(uid: string, login: Login, bytes: number | undefined, context: Ours): void {
  const { ts, orig_h, resp_h, certain } = login;
  if (!certain && (bytes === undefined || bytes <= context.settings.bytes)) return;
  const size = bytes === undefined ? "size not known yet" : `${bytes} bytes in all`;
  const how = certain ? "seen by the outcome of the login" : "judged by the size of the connection";
  context.raise({
    type: "ssh_successful",
    threat: "info",
    confidence: 0.8,
    attacker: { direction: "src", kind: "ip", value: orig_h },
    victim: { direction: "dst", kind: "ip", value: resp_h },
    timestamp: ts,
    uids: [uid],
    description: `SSH successful: ${orig_h} logged in to ${resp_h}, ${size}; ${how}`,
    fold: resp_h,
  });
}
