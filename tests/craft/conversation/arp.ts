// ARP on the captured link.

import { BROADCAST_MAC } from "../address.ts";
import { arp, gratuitousArp } from "../layer/arp.ts";
import type { Host, Stage } from "../stage.ts";

/** Seconds until a neighbour answers. */
const ANSWER_DELAY = 0.0003;

/** `asker` asks who has `target`: a host, which answers unless told otherwise, or an address at which nobody is. */
export function arpQuestion(
  stage: Stage,
  asker: Host,
  target: Host | string,
  options: { at?: number; answered?: boolean } = {},
): void {
  const at = options.at ?? stage.clock;
  const targetIp = typeof target === "string" ? target : target.ipBytes;
  const question = arp({ operation: "request", senderMac: asker.macBytes, senderIp: asker.ipBytes, targetIp });
  const packets = [stage.packet(at, stage.link({ from: asker.macBytes, to: BROADCAST_MAC }, question))];
  if (typeof target !== "string" && (options.answered ?? true)) {
    const answer = arp({
      operation: "reply",
      senderMac: target.macBytes,
      senderIp: target.ipBytes,
      targetMac: asker.macBytes,
      targetIp: asker.ipBytes,
    });
    const frame = stage.link({ from: target.macBytes, to: asker.macBytes }, answer);
    packets.push(stage.packet(at + ANSWER_DELAY, frame));
  }
  stage.add(packets);
  stage.endedAt(at + ANSWER_DELAY);
}

/** `host` tells everybody that it is at `ip`: its own address, unless it lies. */
export function arpAnnouncement(stage: Stage, host: Host, options: { at?: number; ip?: string } = {}): void {
  const at = options.at ?? stage.clock;
  const message = gratuitousArp(host.macBytes, options.ip ?? host.ipBytes);
  stage.add([stage.packet(at, stage.link({ from: host.macBytes, to: BROADCAST_MAC }, message))]);
  stage.endedAt(at);
}
