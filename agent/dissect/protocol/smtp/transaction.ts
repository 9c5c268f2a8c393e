// The `smtp` record of a mail, put together from commands, replies and the mail's header as Zeek's script does it.

import { isAddress } from "../../../record/address.ts";
import { meaning } from "../../mime/header.ts";
import { connectionFields, type Flow, type Output, type RecordOf } from "../../analyzer.ts";
import type { Shared } from "../../shared.ts";
import { addressList, ipAddresses, mailAddresses } from "./addresses.ts";

/** Addresses of each kind that a record keeps, and hops of its path (Zeek's limits). */
export const ADDRESSES_LIMIT = 1000;
/** Commands out of order after which the rest of the connection is not read (Zeek's max_invalid_mail_transactions). */
export const INVALID_LIMIT = 25;
/** The server refuses who wants to log in (RFC 4954 section 6). */
const LOGIN_REFUSED = 535;
/** Files that a record names. */
export const FUIDS_LIMIT = 100;

export interface Transactions {
  /** False when so many commands were out of order that the rest is not worth reading. */
  request(command: string, argument: string): boolean;
  /** A line of a reply; `endsMail` when with it the server has taken or refused a whole mail. */
  reply(code: number, endsMail: boolean, text: string): void;
  /** A new entity of the mail begins; the number of entities in this connection so far. */
  beginEntity(): number;
  field(name: string, value: string): void;
  file(fuid: string): void;
  startTls(): void;
  flush(): void;
}

/** The transactions of one flow. */
export function newTransactions(flow: Flow, output: Output, shared: Shared): Transactions {
  let record: RecordOf<"smtp"> | undefined;
  let helo: string | undefined;
  let transferred = 0;
  let active = false;
  let refused = false;
  let entities = 0;
  let entitiesOfMail = 0;
  let [mailSeen, recipientSeen, invalid] = [false, false, 0];

  function begin(): RecordOf<"smtp"> {
    active = false;
    entitiesOfMail = 0;
    record = {
      kind: "smtp",
      ...connectionFields(flow, output.now),
      trans_depth: transferred + 1,
      helo,
      path: [flow.resp_h, flow.orig_h],
      tls: false,
      fuids: [],
    };
    return record;
  }

  function current(): RecordOf<"smtp"> {
    return record ?? begin();
  }

  function handOn(): void {
    if (record === undefined || !active) return;
    const done = record;
    begin();
    output.emit(done);
    const host = done.path?.[done.path.length - 1] ?? flow.orig_h;
    if (done.user_agent !== undefined) {
      shared.software.found(output, { host, type: "SMTP::MAIL_CLIENT", text: done.user_agent });
    }
  }

  /** A login that was refused has a record of its own, which Zeek does not write: mostly no mail follows. */
  function handOnRefusal(): void {
    if (!refused) return;
    refused = false;
    active = true;
    handOn();
  }

  function outOfOrder(how: string): boolean {
    output.weird(flow, "smtp_mail_transaction_invalid", how);
    if (++invalid <= INVALID_LIMIT) return true;
    output.weird(flow, "smtp_excessive_invalid_mail_transactions");
    return false;
  }

  return {
    request(command, argument) {
      handOnRefusal();
      if (command === "HELO" || command === "EHLO") {
        helo = argument;
        current().helo = argument;
      } else if (command === "RCPT" && /^to:/i.test(argument)) {
        const addresses = mailAddresses(argument).map((address) => address.replaceAll("ORCPT=rfc822", ""));
        const mail = current();
        mail.rcptto = joined(mail.rcptto, addresses, () => output.weird(flow, "smtp_too_many_rcptto_addresses"));
        active = true;
        recipientSeen = true;
        if (!mailSeen) return outOfOrder("rcpt to missing mail from");
      } else if (command === "MAIL" && /^from:/i.test(argument)) {
        // The reply to the mail before may not have been seen.
        handOn();
        const from = mailAddresses(argument)[0];
        if (from !== undefined) current().mailfrom = from;
        current();
        active = true;
        mailSeen = true;
        recipientSeen = false;
      } else if (command === "DATA" || command === "BDAT") {
        current();
        const inOrder = recipientSeen;
        if (isLastChunk(command, argument)) [mailSeen, recipientSeen] = [false, false];
        if (!inOrder) return outOfOrder("data missing rcpt to");
      } else {
        current();
        if (command === ".") [mailSeen, recipientSeen] = [false, false];
      }
      return true;
    },
    reply(code, endsMail, text) {
      current().last_reply = `${code} ${text}`;
      refused = code === LOGIN_REFUSED;
      if (!endsMail) return;
      transferred++;
      handOn();
      begin();
    },
    beginEntity() {
      entitiesOfMail++;
      return ++entities;
    },
    field(name, value) {
      // The header of the mail itself, not those of its parts.
      if (record !== undefined && entitiesOfMail <= 1) {
        mailField(record, name, value, (weird) => output.weird(flow, weird));
      }
    },
    file(fuid) {
      const mail = current();
      const fuids = mail.fuids ?? [];
      if (fuids.length < FUIDS_LIMIT) mail.fuids = [...fuids, fuid];
    },
    startTls() {
      current().tls = true;
      active = true;
    },
    flush() {
      handOnRefusal();
      handOn();
    },
  };
}

/** Whether a command announces the last bytes of a mail, well formed or not. */
export function isLastChunk(command: string, argument: string): boolean {
  return command === "BDAT" && argument.toUpperCase().endsWith(" LAST");
}

function mailField(record: RecordOf<"smtp">, name: string, value: string, weird: (name: string) => void): void {
  if (name === "MESSAGE-ID") record.msg_id = value;
  else if (name === "RECEIVED") {
    if (record.first_received !== undefined) record.second_received = record.first_received;
    record.first_received = value;
    addHop(record, value, weird);
  } else if (name === "IN-REPLY-TO") record.in_reply_to = value;
  else if (name === "SUBJECT") record.subject = value;
  else if (name === "FROM") record.from = value;
  else if (name === "REPLY-TO") record.reply_to = value;
  else if (name === "DATE") record.date = value;
  else if (name === "TO") {
    record.to = joined(record.to, addressList(meaning(value)), () => weird("smtp_too_many_to_addresses"));
  } else if (name === "CC") {
    record.cc = joined(record.cc, addressList(meaning(value)), () => weird("smtp_too_many_cc_addresses"));
  } else if (name === "X-ORIGINATING-IP") {
    record.x_originating_ip = ipAddresses(value, false)[0] ?? record.x_originating_ip;
  } else if (name === "X-MAILER" || name === "USER-AGENT" || name === "X-USER-AGENT") record.user_agent = value;
}

/** The host that handed the mail on, from a `Received` field: where two addresses stand, the second is the observed one. */
function addHop(record: RecordOf<"smtp">, value: string, weird: (name: string) => void): void {
  const addresses = ipAddresses(meaning(value), true);
  const hop = addresses[1] ?? addresses[0];
  const path = record.path ?? [];
  if (hop === undefined || !isAddress(hop) || path[path.length - 1] === hop) return;
  if (path.length >= ADDRESSES_LIMIT) weird("smtp_max_path_length_exceeded");
  else record.path = [...path, hop];
}

function joined(known: readonly string[] | undefined, more: readonly string[], tooMany: () => void): string[] {
  const all = new Set(known);
  for (const entry of more) {
    if (all.has(entry)) continue;
    if (all.size >= ADDRESSES_LIMIT) {
      tooMany();
      break;
    }
    all.add(entry);
  }
  return [...all];
}
