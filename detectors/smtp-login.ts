// Logins that mail servers refuse: a wrong password, or stolen accounts tried one after another to send spam.

import { type Context, defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";

/** A refused login. */
interface Refusal {
  ts: number;
  uid: string;
}

type Ours = Context<{ logins: number; period: number; refusals: readonly string[] }, Refusal[], undefined>;

export const smtpLogin = defineDetector({
  name: "smtp-login",
  summary: "A mail server refuses the login of a host, once or several times within seconds",
  raises: {
    bad_smtp_login: {
      meaning:
        "A mail server refused the user name or password of a host that wanted to send mail. A mail program with " +
        "a wrong password looks like this; so does malware that tries stolen accounts to send spam.",
      threats: ["high"],
      techniques: ["T1110", "T1586.002"],
      falsePositives:
        "A changed password that the mail program does not know yet, a scanner or copier that sends by mail with " +
        "old settings.",
      whatToDo:
        "See which program sends mail from this host. If none should, it is a bot: isolate it, and make sure that " +
        "only your mail server may reach port 25 outside.",
    },
    smtp_login_bruteforce: {
      meaning: "A host failed to log in at mail servers several times within seconds: no person types that fast. It " +
        "tries stolen or guessed passwords to send spam in the name of others.",
      threats: ["high"],
      techniques: ["T1110.001", "T1586.002"],
      falsePositives: "A mail program that does not stop to retry with an old password.",
      whatToDo:
        "Isolate the host and look for the program. At the mail server, check whether any of the accounts tried " +
        "was logged in to from elsewhere, and change its password.",
    },
  },
  settings: {
    logins: {
      value: 3,
      unit: "logins",
      meaning: "refused logins within the period, at any mail servers, that are guessing",
      minimum: 2,
      maximum: 100,
    },
    period: { value: 10, unit: "seconds", meaning: "period within which they are counted", minimum: 0 },
    refusals: {
      value: ["bad smtp-auth user", "535 "],
      unit: "",
      meaning: "a reply that contains one of these, in any letter case, refuses a login; a code with a blank only at " +
        "its beginning (535: RFC 4954 section 6)",
    },
  },
  /** The latest refusals, fewer than `logins`. */
  memory: (): Refusal[] => [],
  on: {
    smtp(record, context) {
      const { last_reply, ts, uid, orig_h, orig_p, resp_h, resp_p } = record;
      if (last_reply === undefined || !isRefusal(last_reply, context)) return;
      const { memory: recent, settings } = context;
      const common = {
        threat: "high",
        confidence: 1,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: resp_h },
        proto: "tcp",
        src_port: orig_p,
        dst_port: resp_p,
        fold: resp_h,
      } as const;
      context.raise({
        ...common,
        type: "bad_smtp_login",
        description: `bad SMTP login to ${resp_h} from ${orig_h}: the mail server refused it with ` +
          `"${cut(last_reply, TEXT_LENGTH)}"`,
      });
      recent.push({ ts, uid });
      if (recent.length < settings.logins) return;
      if (Math.abs(ts - recent[0]!.ts) > settings.period) {
        recent.shift();
        return;
      }
      const uids = recent.splice(0).map((refusal) => refusal.uid);
      context.raise({
        ...common,
        type: "smtp_login_bruteforce",
        uids,
        description:
          `SMTP login bruteforce to ${resp_h}. ${settings.logins} logins in ${settings.period} seconds from ` +
          `${orig_h}, all refused: no person types that fast`,
      });
    },
  },
});

function isRefusal(reply: string, { settings }: Ours): boolean {
  const text = reply.toLowerCase();
  return settings.refusals.some((part) =>
    /^\d{3} $/.test(part) ? text.startsWith(part) : text.includes(part.toLowerCase())
  );
}
