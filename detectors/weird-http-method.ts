// Requests with a method that HTTP does not know: scanners that look for a way past a filter, or another protocol at a
// web port. The dissector (or Zeek) has noticed it; this tells who asked whom.

import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH } from "./shown.ts";

/** Zeek's name for it. */
const UNKNOWN_METHOD = "unknown_HTTP_method";

export const weirdHttpMethod = defineDetector({
  name: "weird-http-method",
  summary: "A request to a web server has a method that HTTP does not know, as scanners try",
  raises: {
    weird_http_method: {
      meaning:
        "A request to a web server had a method that HTTP does not know. Scanners try such methods to get past " +
        "filters and to recognise the server, and some malware has its own.",
      threats: ["medium"],
      techniques: ["T1190", "T1595.002"],
      falsePositives: "Rare extensions of HTTP, and programs that speak another protocol at a web port.",
      whatToDo:
        "Look in the server's log for what came before and after from the same host. If requests follow that look " +
        "for files and pages that do not exist, it is a scan: block the host.",
    },
  },
  settings: {},
  on: {
    weird(record, context) {
      const { name, addl = "", orig_h, orig_p, resp_h, resp_p } = record;
      if (!name.includes(UNKNOWN_METHOD) || orig_h === undefined || resp_h === undefined) return;
      const method = cut(addl, TEXT_LENGTH);
      context.raise({
        type: "weird_http_method",
        threat: "medium",
        confidence: 0.9,
        attacker: { direction: "src", kind: "ip", value: orig_h },
        victim: { direction: "dst", kind: "ip", value: resp_h },
        proto: "tcp",
        src_port: orig_p,
        dst_port: resp_p,
        description: `Weird HTTP method "${method}" from ${orig_h} to ${resp_h}` +
          `${resp_p === undefined ? "" : ` (port ${resp_p})`}: no web server knows it; scanners try such`,
        fold: resp_h,
      });
    },
  },
});
