// What `smartshield peers` prints.

import type { Asked, PeerList, Shown } from "../../p2p/commands.ts";
import type { Indicator } from "../../p2p/indicator.ts";
import { plainText } from "../export/text.ts";
import { timeSpan } from "./style.ts";

/** The peers, one line each. `now` in Unix seconds. */
export function peerListText({ self, group, port, peers }: PeerList, now: number): string {
  const head = `This agent is ${self}, in the group ${plainText(group)}, at TCP port ${port}.\n`;
  if (peers.length === 0) return `${head}No other agent was found on the local network yet.\n`;
  const rows = peers.map((one) => [
    one.trust.toFixed(2),
    one.address,
    one.connected ? `for ${timeSpan(now - one.since)}` : `${timeSpan(now - one.since)} ago`,
    one.rtt === undefined ? "" : `${one.rtt} ms`,
    one.connected ? `${one.received}/${one.sent}` : "",
    one.peer,
  ]);
  return head + table(["trust", "address", "here", "ping", "heard/said", "peer"], rows);
}

/** What is known of one peer. */
export function peerText(shown: Shown, now: number): string {
  const { peer, trust, address, sharesMachineWith, right, wrong, manners, reasons, connected, firstHeard } = shown;
  const lines = [
    `peer      ${peer}`,
    `trust     ${trust.toFixed(2)}`,
    `address   ${address ?? "never met"}${connected ? ", connected" : ""}`,
    ...firstHeard === undefined ? [] : [`known     for ${timeSpan(now - firstHeard)}`],
    `record    ${right} right, ${wrong} wrong`,
    `manners   ${manners.toFixed(2)}`,
    ...sharesMachineWith.length === 0 ? [] : [`machine   shared with ${sharesMachineWith.join(", ")}`],
    ...reasons.map((reason, at) => `${at === 0 ? "why" : ""}`.padEnd(10) + plainText(reason)),
  ];
  return `${lines.join("\n")}\n`;
}

/** What we and the others think of something. */
export function askedText({ indicator, own, asked, answered, opinion }: Asked): string {
  const { score, confidence, voices, independentTrustedVoices: trusted, decision, byPeers, mayBlock } = opinion;
  const lines = [
    `${indicator.kind.padEnd(9)} ${plainText(indicator.value)}`,
    `we        ${
      own === undefined
        ? "found nothing"
        : `score ${own.score.toFixed(2)}, confidence ${own.confidence.toFixed(2)}, ${timeSpan(own.age)} ago`
    }`,
    `asked     ${asked} peers, ${answered} answered`,
    `they      ${
      voices === 0
        ? "found nothing"
        : `score ${score.toFixed(2)}, confidence ${
          confidence.toFixed(2)
        }, ${voices} voices, ${trusted} of them trusted and independent`
    }`,
    `decision  ${decision}${byPeers ? ", by the peers' word" : ""}${mayBlock ? ", enough to block" : ""}`,
    ...opinion.reasons.map((reason, at) => `${at === 0 ? "why" : ""}`.padEnd(10) + plainText(reason)),
  ];
  return `${lines.join("\n")}\n`;
}

/** What became of a finding that was taken back. */
export function retractedText({ indicator, retracted }: { indicator: Indicator; retracted: boolean }): string {
  return retracted
    ? `What this agent found of ${plainText(indicator.value)} is taken back, and the peers were told.\n`
    : `This agent has told nobody anything about ${plainText(indicator.value)}.\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  return [head, ...rows].map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join("  ").trimEnd() + "\n").join(
    "",
  );
}
