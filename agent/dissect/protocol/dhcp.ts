// DHCP for IPv4 (RFC 2131): one `dhcp` record for a conversation, that is all messages with one transaction id within a
// short time. A conversation crosses flows (0.0.0.0 to everybody, server to client), so the conversations in hand belong to
// the protocol and not to a flow; that is why it is made anew for each run.

import type { Flow, Output, Protocol, RecordOf } from "../analyzer.ts";
import { type DhcpMessage, looksLikeMessage, readMessage } from "./dhcp/message.ts";

const SERVER_PORT = 67;
const CLIENT_PORT = 68;
/** ProxyDHCP, with which a host boots over the network (PXE specification 2.1, section 2.2.1). */
const BOOT_PORT = 4011;
const NOBODY = "0.0.0.0";
const EVERYBODY = "255.255.255.255";

/** Zeek looks at a conversation 10 s after its start and then every 5 s, and logs it when it has been silent for more than
 * 5 s or has gone on for more than 30 s. */
const FIRST_LOOK = 10;
const NEXT_LOOK = 5;
const SILENCE = 5;
const LONGEST = 30;
/** A record is full with so many flows or messages (Zeek's max_uids_per_log_entry, max_msg_types_per_log_entry). */
const MAXIMUM_FLOWS = 10;
const MAXIMUM_MESSAGES = 50;
/** Conversations in hand; the oldest is logged to make room. A network of 4,000 hosts switched on at once fits. */
const MAXIMUM_CONVERSATIONS = 4_096;
/** Seconds of stream time between two looks at all conversations. */
const SWEEP = 1;

interface Conversation {
  readonly transaction: number;
  readonly record: RecordOf<"dhcp">;
  readonly uids: string[];
  readonly types: string[];
  /** The address in the client's own messages, for want of a better one. */
  hardware: string | undefined;
  last: number;
  look: number;
  /** Conversations whose newest message came through the same flow: that flow's end is theirs too. */
  home: Set<Conversation>;
}

/** DHCP with a memory of its own. */
export function createDhcpProtocol(): Protocol {
  const conversations = new Map<number, Conversation>();
  let swept = 0;

  const close = (conversation: Conversation, output: Output): void => {
    conversations.delete(conversation.transaction);
    conversation.home.delete(conversation);
    conversation.record.mac ??= conversation.hardware;
    output.emit(conversation.record);
  };

  const closeThoseOver = (output: Output): void => {
    if (output.now - swept < SWEEP) return;
    swept = output.now;
    for (const conversation of conversations.values()) {
      if (isOver(conversation, output.now)) close(conversation, output);
    }
  };

  const conversationOf = ({ transaction }: DhcpMessage, home: Set<Conversation>, output: Output): Conversation => {
    const known = conversations.get(transaction);
    if (known !== undefined) {
      if (!isOver(known, output.now)) return known;
      close(known, output);
    }
    for (const oldest of conversations.values()) {
      if (conversations.size < MAXIMUM_CONVERSATIONS) break;
      close(oldest, output);
    }
    const conversation = begin(transaction, home, output.now);
    conversations.set(transaction, conversation);
    return conversation;
  };

  return {
    name: "dhcp",
    transport: "udp",
    ports: [SERVER_PORT, CLIENT_PORT, BOOT_PORT],
    recognise: (bytes, start, end) => looksLikeMessage(bytes, start, end) ? "yes" : "no",
    analyze(flow, output) {
      const home = new Set<Conversation>();
      let confirmed = false;
      return {
        deliver(fromOrig, bytes, start, end) {
          const message = readMessage(bytes, start, end);
          if (message === undefined) return confirmed;
          if (!confirmed) output.service(flow, "dhcp");
          confirmed = true;
          closeThoseOver(output);
          const conversation = conversationOf(message, home, output);
          conversation.home.delete(conversation);
          conversation.home = home;
          home.add(conversation);
          add(conversation, message, flow, fromOrig, output.now);
          const { uids, types } = conversation;
          if (uids.length >= MAXIMUM_FLOWS || types.length >= MAXIMUM_MESSAGES) close(conversation, output);
          return true;
        },
        finish() {
          closeThoseOver(output);
          for (const conversation of home) close(conversation, output);
        },
      };
    },
  };
}

function begin(transaction: number, home: Set<Conversation>, now: number): Conversation {
  const uids: string[] = [];
  const types: string[] = [];
  const record: RecordOf<"dhcp"> = { kind: "dhcp", ts: now, uids, msg_types: types, duration: 0 };
  return { transaction, record, uids, types, hardware: undefined, last: now, look: now + FIRST_LOOK, home };
}

/** Whether one of the looks until `now` has found the conversation to be over. */
function isOver(conversation: Conversation, now: number): boolean {
  for (; conversation.look <= now; conversation.look += NEXT_LOOK) {
    const { look, last, record } = conversation;
    if (look - last > SILENCE || look - record.ts > LONGEST) return true;
  }
  return false;
}

function add(conversation: Conversation, message: DhcpMessage, flow: Flow, fromOrig: boolean, now: number): void {
  const { record, uids, types } = conversation;
  conversation.last = now;
  record.duration = now - record.ts;
  if (!uids.includes(flow.uid)) uids.push(flow.uid);
  types.push(message.type);
  const fromClient = fromOrig &&
    (flow.orig_h === NOBODY || flow.orig_p === CLIENT_PORT || flow.resp_p === SERVER_PORT);
  if (fromClient) addRequest(conversation, message, flow);
  else addReply(record, message, fromOrig ? flow.orig_h : flow.resp_h);
}

function addRequest(conversation: Conversation, message: DhcpMessage, flow: Flow): void {
  const { record } = conversation;
  if (flow.orig_h !== NOBODY && flow.orig_h !== EVERYBODY) record.client_addr = flow.orig_h;
  if (message.hostName !== undefined) record.host_name = message.hostName;
  if (message.fullName !== undefined) record.client_fqdn = message.fullName;
  if (message.requested !== undefined) record.requested_addr = message.requested;
  if (message.text !== undefined) record.client_message = message.text;
  if (message.identifier !== undefined) record.mac = message.identifier;
  else conversation.hardware = message.hardware;
}

function addReply(record: RecordOf<"dhcp">, message: DhcpMessage, server: string): void {
  if (message.assigned !== undefined) {
    // Many servers may offer; the one named is the one that gave the address.
    record.server_addr = server;
    record.assigned_addr = message.assigned;
  }
  if (message.hardware !== "") record.mac ??= message.hardware;
  record.client_addr ??= record.assigned_addr;
  if (message.domain !== undefined) record.domain = message.domain;
  if (message.lease !== undefined) record.lease_time = message.lease;
  if (message.text !== undefined) record.server_message = message.text;
}
