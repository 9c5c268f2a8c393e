// A host asks for the time (RFC 5905).

import { concat, u32, u8 } from "../bytes.ts";
import { type Host, roundTripTime, type Stage } from "../stage.ts";
import { fromClient, fromServer } from "./step.ts";
import { type Conversation } from "./tcp.ts";
import { udpConversation } from "./udp.ts";

const NTP_PORT = 123;
/** Seconds from 1900, NTP's beginning, to 1970. */
const NTP_EPOCH = 2_208_988_800;
/** Version 4 in mode 3 (client) and mode 4 (server). */
const ASKING = 0x23, ANSWERING = 0x24;

/** One question and its answer. */
export function ntpConversation(
  stage: Stage,
  client: Host,
  server: Host,
  options: { at?: number; answered?: boolean; stratum?: number } = {},
): Conversation {
  const at = options.at ?? stage.clock;
  const sent = timestamp(stage.start + at);
  const received = timestamp(stage.start + at + roundTripTime(client, server) / 2);
  const never = new Uint8Array(8);
  const question = message(ASKING, 0, [never, never, never, sent]);
  const answer = message(ANSWERING, options.stratum ?? 2, [received, sent, received, received]);
  const steps = options.answered ?? true ? [fromClient(question), fromServer(answer)] : [fromClient(question)];
  return udpConversation(stage, client, server, NTP_PORT, { at, steps });
}

/** The header and the times: reference, originate, receive, transmit. */
function message(mode: number, stratum: number, times: readonly Uint8Array[]): Uint8Array {
  // Polled every 64 s, precision 2^-20 s, no root delay or dispersion, reference "GPS".
  return concat(u8(mode), u8(stratum), u8(6), u8(0xec), u32(0), u32(0), stratum === 0 ? u32(0) : "GPS\0", ...times);
}

function timestamp(seconds: number): Uint8Array {
  const whole = Math.floor(seconds);
  return concat(u32(whole + NTP_EPOCH), u32(Math.floor((seconds - whole) * 2 ** 32)));
}
