// Events of the protocols that keep a network going: ARP, DHCP; and of FTP and QUIC.

import type { RecordOf } from "../../record/schema.ts";
import { contentId } from "../../record/uid.ts";
import { addressOf, MAXIMUM_PORT } from "../numbers.ts";
import { connectionOf, countOf, type Event, textOf, textsOf } from "./event.ts";

/** Clients and sessions of which something is remembered until the next event; the oldest goes. */
const MAXIMUM_REMEMBERED = 10_000;

function remember<Value>(memory: Map<string, Value>, key: string, value: Value): void {
  memory.delete(key);
  memory.set(key, value);
  if (memory.size > MAXIMUM_REMEMBERED) memory.delete(memory.keys().next().value!);
}

function address(event: Event, name: string): string | undefined {
  const value = event.part[name];
  const ip = typeof value === "string" ? addressOf(value) : undefined;
  // Suricata writes 0.0.0.0 where the message has none.
  return ip === "0.0.0.0" ? undefined : ip;
}

/** An `arp` event (Suricata 8). Its ends are those that the message speaks of; of the frame it says nothing. */
export function arpOf(event: Event): RecordOf<"arp"> {
  const { seen, srcIp, destIp, part } = event;
  const operation = textOf(event, part["opcode"]) ?? "";
  const sender = textOf(event, part["src_mac"]) ?? "";
  const target = textOf(event, part["dest_mac"]) ?? "";
  return {
    kind: "arp",
    ts: seen,
    operation,
    src_mac: sender,
    // A question goes to everybody, an answer to whoever asked.
    dst_mac: operation === "request" ? "ff:ff:ff:ff:ff:ff" : target,
    orig_h: srcIp,
    resp_h: destIp,
    orig_hw: sender,
    resp_hw: target,
    uid: contentId("A", seen, operation, sender, target, srcIp, destIp),
  };
}

/** `dhcp` events: one a message. What the client said of itself is put into the answer to it, where Zeek has it, too. */
export function createDhcpEvents(): (event: Event) => RecordOf<"dhcp"> {
  const asked = new Map<string, { host_name: string | undefined; requested_addr: string | undefined }>();
  return (event) => {
    const { part, seen, srcIp, uid } = event;
    const mac = textOf(event, part["client_mac"]);
    const isReply = part["type"] === "reply";
    const key = `${mac} ${String(part["id"])}`;
    const said = { host_name: textOf(event, part["hostname"]), requested_addr: address(event, "requested_ip") };
    const before = asked.get(key);
    if (!isReply) {
      remember(asked, key, {
        host_name: said.host_name ?? before?.host_name,
        requested_addr: said.requested_addr ?? before?.requested_addr,
      });
    }
    const type = textOf(event, part["dhcp_type"])?.toUpperCase();
    return {
      kind: "dhcp",
      ts: seen,
      uids: [uid],
      client_addr: address(event, "client_ip"),
      server_addr: isReply && srcIp !== "0.0.0.0" ? srcIp : undefined,
      mac,
      host_name: said.host_name ?? (isReply ? before?.host_name : undefined),
      requested_addr: said.requested_addr ?? (isReply ? before?.requested_addr : undefined),
      assigned_addr: address(event, "assigned_ip"),
      lease_time: countOf(part["lease_time"]),
      msg_types: type === undefined ? undefined : [type],
    };
  };
}

/** `ftp` events: one a command with its reply. The user of a session is known from its USER on. */
export function createFtpEvents(): (event: Event) => RecordOf<"ftp"> {
  const users = new Map<string, string>();
  return (event) => {
    const { part, uid, srcIp, destIp } = event;
    const command = textOf(event, part["command"]);
    const argument = textOf(event, part["command_data"]);
    if (command === "USER" && argument !== undefined) remember(users, uid, argument);
    const port = countOf(part["dynamic_port"]);
    const isPassive = part["mode"] === "passive";
    const code = textsOf(event, part["completion_code"])?.at(-1);
    return {
      kind: "ftp",
      ...connectionOf(event),
      user: users.get(uid),
      command,
      arg: command === "PASS" ? undefined : argument,
      reply_code: code === undefined ? undefined : countOf(code),
      reply_msg: textsOf(event, part["reply"])?.at(-1),
      ...(port === undefined || port === 0 || port > MAXIMUM_PORT ? {} : {
        "data_channel.passive": isPassive,
        "data_channel.orig_h": isPassive ? srcIp : destIp,
        "data_channel.resp_h": isPassive ? destIp : srcIp,
        "data_channel.resp_p": port,
      }),
    };
  };
}

/**
 * Whether a `quic` event tells of the server's part of the beginning, for which Suricata has an event of its own: nobody but
 * a client names a server, a program or a fingerprint of its own.
 */
export function isQuicAnswer({ part, srcPort, destPort }: Event): boolean {
  return srcPort < destPort && ["sni", "ua", "ja3", "ja4", "cyu"].every((name) => part[name] === undefined);
}

/** A `quic` event: the beginning of a connection. */
export function quicOf(event: Event): RecordOf<"quic"> {
  const { part } = event;
  return {
    kind: "quic",
    ...connectionOf(event),
    version: textOf(event, part["version"]),
    server_name: textOf(event, part["sni"]),
    ja4: textOf(event, part["ja4"]),
  };
}
