// Logins by telnet, rlogin and rsh: the password goes over the wire as it is. The password itself is never kept.

import type { RecordOf } from "../agent/record/schema.ts";
import { serviceName } from "../agent/intel/tables/services.ts";
import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";

export const login = defineDetector({
  name: "login",
  summary: "Somebody logs in by telnet, rlogin or rsh, which send the password in clear text",
  raises: {
    login: {
      meaning: "Somebody logged in, or tried to, by telnet, rlogin or rsh, which send the password in clear text for " +
        "everybody on the way to read.",
      threats: ["info"],
      techniques: ["T1021", "T1040", "T1078"],
      falsePositives: "Old devices that offer nothing else.",
      whatToDo:
        "Switch the device to SSH and change the password that went over the wire. A login that nobody remembers " +
        "is an intruder: look at what was done in it.",
    },
  },
  settings: {},
  on: {
    login(record, context) {
      const { orig_h, orig_p, resp_h, resp_p, user } = record;
      // Our records and Zeek's name the protocol; where it is only TCP the port tells it.
      const protocol = record.proto === "tcp" ? serviceName(resp_p, "tcp") ?? "telnet" : record.proto;
      const outcome = outcomeOf(record);
      const name = user === undefined || user === "" ? "" : ` as "${cut(user, TEXT_LENGTH)}"`;
      context.raise({
        type: "login",
        threat: "info",
        confidence: 1,
        attacker: { direction: "dst", kind: "ip", value: resp_h },
        victim: { direction: "src", kind: "ip", value: orig_h },
        proto: "tcp",
        src_port: orig_p,
        dst_port: resp_p,
        description:
          `${outcome} ${protocol} login${name}: ${orig_h} at ${resp_h}, with a password that anybody on the ` +
          `way can read`,
        fold: `${outcome} ${resp_h}`,
      });
    },
  },
});

/** "Successful", "Confused" (Zeek could not follow the dialogue) or "Failed". */
function outcomeOf({ success, confused }: RecordOf<"login">): string {
  return success === true ? "Successful" : confused === true ? "Confused" : "Failed";
}
