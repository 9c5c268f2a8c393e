// Remote log-ins in plain text: Telnet (RFC 854), rlogin (RFC 1282) and rsh. A `login` record says who tried to log in
// and whether it worked. Passwords are not kept.

import type { Analyzer, Flow, Output, Protocol } from "../analyzer.ts";
import { wireText } from "../text.ts";
import { newDialogue } from "./login/dialogue.ts";
import { newTelnetState, telnetText } from "./login/telnet-text.ts";

/** The strings that rlogin and rsh begin with are at most this long together. */
const PREAMBLE_LIMIT = 1024;

/** Telnet, rlogin and rsh: on their ports only, since nothing in their first bytes is theirs alone. */
export const LOGIN_PROTOCOLS: readonly Protocol[] = [
  { name: "telnet", transport: "tcp", ports: [23], recognise: () => "no", analyze: analyzeTelnet },
  { name: "rlogin", transport: "tcp", ports: [513], recognise: () => "no", analyze: analyzeRlogin },
  { name: "rsh", transport: "tcp", ports: [514], recognise: () => "no", analyze: analyzeRsh },
];

function analyzeTelnet(flow: Flow, output: Output): Analyzer {
  const dialogue = newDialogue(flow, output, "telnet");
  const client = newTelnetState();
  const server = newTelnetState();
  let confirmed = false;
  return {
    deliver(fromOrig, bytes, start, end) {
      if (fromOrig) telnetText(client, bytes, start, end, dialogue.typed);
      else {
        telnetText(server, bytes, start, end, dialogue.said);
        dialogue.pause();
      }
      if (!confirmed && (client.negotiated || server.negotiated || dialogue.prompted)) {
        confirmed = true;
        output.service(flow, "telnet");
      }
      return true;
    },
    gap: () => true,
    finish: dialogue.finish,
  };
}

function analyzeRlogin(flow: Flow, output: Output): Analyzer {
  const dialogue = newDialogue(flow, output, "rlogin");
  // An empty string, then the user here, the user there, and the terminal.
  const preamble = newPreamble(4);
  let over = false;
  return {
    deliver(fromOrig, bytes, start, end) {
      if (!fromOrig) {
        for (let at = start; at < end; at++) dialogue.said(bytes[at]!);
        dialogue.pause();
        return true;
      }
      const state = preamble.take(bytes, start, end);
      over = state.strings === "none" || (state.strings !== "more" && state.strings[0] !== "");
      if (over || state.strings === "none") return false;
      if (state.strings !== "more" && state.first) {
        output.service(flow, "rlogin");
        dialogue.known(state.strings[2], state.strings[1]);
      }
      for (let at = state.next; at < end; at++) dialogue.typed(bytes[at]!);
      return true;
    },
    gap: () => !over,
    finish: dialogue.finish,
  };
}

function analyzeRsh(flow: Flow, output: Output): Analyzer {
  const dialogue = newDialogue(flow, output, "rsh");
  // The port for errors, then the user here, the user there, and the command.
  const preamble = newPreamble(4);
  let named = false;
  return {
    deliver(fromOrig, bytes, start, end) {
      if (!fromOrig) {
        // A zero byte grants, anything else begins a message that says why not.
        if (named && start < end) dialogue.decide(bytes[start] === 0);
        return !named;
      }
      const { strings, first } = preamble.take(bytes, start, end);
      if (strings === "none" || (strings !== "more" && !/^[0-9]{1,5}$/.test(strings[0]!))) return false;
      if (strings !== "more" && first) {
        named = true;
        output.service(flow, "rsh");
        dialogue.known(strings[2], strings[1]);
      }
      return true;
    },
    gap: () => false,
    finish: dialogue.finish,
  };
}

interface Preamble {
  /** The strings once all are there; "more" before, "none" when they are too long to be any. */
  readonly strings: readonly string[] | "more" | "none";
  /** Whether they were complete for the first time. */
  readonly first: boolean;
  /** Where the bytes behind them begin. */
  readonly next: number;
}

/** Collects `count` strings, each with a zero byte behind it. */
function newPreamble(count: number): { take(bytes: Uint8Array, start: number, end: number): Preamble } {
  const kept = new Uint8Array(PREAMBLE_LIMIT);
  const strings: string[] = [];
  let length = 0;
  return {
    take(bytes, start, end) {
      if (strings.length === count) return { strings, first: false, next: start };
      for (let at = start; at < end; at++) {
        if (bytes[at] !== 0) {
          if (length === PREAMBLE_LIMIT) return { strings: "none", first: false, next: end };
          kept[length++] = bytes[at]!;
          continue;
        }
        strings.push(wireText(kept, 0, length));
        length = 0;
        if (strings.length === count) return { strings, first: true, next: at + 1 };
      }
      return { strings: "more", first: false, next: end };
    },
  };
}
