// What a peer says, taken for what it is: questions are answered from our own findings, everything else goes to the trust
// model, and on its own account to main.

import type { Findings } from "./findings.ts";
import type { Indicator } from "./indicator.ts";
import type { Judging } from "./judging.ts";
import type { FromPeer } from "./messages.ts";
import type { Judgement, Message } from "./protocol/message.ts";
import type { Trust } from "./trust/contract.ts";

export interface HearingOptions {
  readonly trust: Trust;
  readonly judging: Judging;
  readonly findings: Findings;
  /** Unix seconds. */
  readonly wall: () => number;
}

export interface HearingEvents {
  tell(event: Extract<FromPeer, { say: "report" }>): void;
  send(peer: string, message: Message): void;
  /** What an answer is about; undefined when nobody asked for it. */
  answered(peer: string, request: number): Indicator | undefined;
  unasked(peer: string): void;
  goodbye(peer: string): void;
}

export interface Hearing {
  /** A message from `peer`, which is at the address `ip`. */
  hear(peer: string, ip: string, message: Exclude<Message, { type: "hello" }>): void;
  opinion(peer: string, indicator: Indicator, judgement: Judgement): void;
  report(
    kind: "report" | "blame" | "retract",
    peer: string,
    ip: string,
    indicator: Indicator,
    judgement: Judgement,
  ): void;
}

/** Nothing to say looks the same as never seen: what we see is nobody's business. */
const NOTHING: Judgement = { score: 0, confidence: 0, age: 0 };

export function createHearing({ trust, judging, findings, wall }: HearingOptions, events: HearingEvents): Hearing {
  function opinion(peer: string, indicator: Indicator, judgement: Judgement): void {
    if (judgement.confidence > 0) judging.said(peer, "opinion", indicator, judgement, wall());
  }

  const report: Hearing["report"] = (kind, peer, address, indicator, judgement) => {
    const at = wall();
    let reception = "taken";
    if (kind === "retract") trust.retract(peer, indicator.value, at);
    else reception = judging.said(peer, kind, indicator, judgement, at);
    const now = judging.decide(indicator, at);
    const weight = trust.trust(peer, at);
    events.tell({
      say: "report",
      report: { kind, at, peer, address, indicator, judgement, reception, trust: weight },
      opinion: now,
    });
  };

  return {
    hear(peer, ip, message) {
      switch (message.type) {
        case "request": {
          const judgement = findings.judgement(message.indicator, wall()) ?? NOTHING;
          events.send(peer, { type: "answer", request: message.request, judgement });
          break;
        }
        case "answer": {
          const indicator = events.answered(peer, message.request);
          if (indicator === undefined) events.unasked(peer);
          else opinion(peer, indicator, message.judgement);
          break;
        }
        case "report":
        case "blame":
          report(message.type, peer, ip, message.indicator, message.judgement);
          break;
        case "retract":
          report("retract", peer, ip, message.indicator, NOTHING);
          break;
        case "goodbye":
          events.goodbye(peer);
          break;
      }
    },
    opinion,
    report,
  };
}
