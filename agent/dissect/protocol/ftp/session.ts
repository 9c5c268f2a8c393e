// A session's commands and replies, put together as Zeek's script does it: an `ftp` record for each command that moves
// or removes files or opens a data connection, once the next command shows that its replies are complete.

import { connectionFields, type Flow, type Output, type RecordOf } from "../../analyzer.ts";
import type { Shared } from "../../shared.ts";
import { type DataAddress, extended, sixNumbers } from "./address.ts";
import type { DataSession } from "./data-channels.ts";
import { joinedPath, quotedPath } from "./path.ts";
import { type Command, fitness } from "./replies.ts";

/** Commands that wait for a reply, at most (Zeek's max_pending_commands). */
const PENDING_LIMIT = 20;
/** Zeek's max_user_length and max_password_length, max_arg_length and max_reply_msg_length, characters. */
const NAME_LIMIT = 128;
const TEXT_LIMIT = 4096;

const LOGGED = new Set(["APPE", "DELE", "RETR", "STOR", "STOU", "ACCT", "PORT", "PASV", "EPRT", "EPSV"]);
const WITH_PATH = new Set(["APPE", "DELE", "RETR", "STOR", "STOU"]);
/** Users whose passwords are no secret. */
const GUESTS = new Set(["anonymous", "ftp", "ftpuser", "guest"]);

export interface Session {
  request(name: string, argument: string): void;
  /** A reply, or its first line when more follow. */
  reply(code: number, text: string, continued: boolean): void;
  flush(): void;
}

/** The session of one control connection. */
export function newSession(flow: Flow, output: Output, shared: Shared): Session {
  const pending: Command[] = [{ ts: output.now, name: "<init>", argument: "" }];
  let current: Command | undefined;
  let [user, password, directory] = ["<unknown>", undefined as string | undefined, "."];
  let code: number | undefined;
  let text: string | undefined;
  /** What belongs to the transfer under way. */
  let transfer: Partial<RecordOf<"ftp">> = {};

  const dataSession: DataSession = {
    fileOpened: (fuid) => void (transfer.fuid = fuid),
    fileTyped: (type) => void (transfer.mime_type = type),
  };

  function handOn(command: Command): void {
    const argument = WITH_PATH.has(command.name) ? url(command.argument) : command.argument;
    const transferred = transfer;
    transfer = {};
    if (!LOGGED.has(command.name)) return;
    output.emit({
      kind: "ftp",
      ...connectionFields(flow, command.ts),
      user,
      password: password === undefined || GUESTS.has(user.toLowerCase()) ? password : "<hidden>",
      command: command.name,
      arg: argument === "" ? undefined : bounded(argument, TEXT_LIMIT, "FTP_arg_too_long"),
      reply_code: code,
      reply_msg: text === undefined ? undefined : bounded(text, TEXT_LIMIT, "FTP_reply_msg_too_long"),
      ...transferred,
    });
  }

  function url(argument: string): string {
    const path = joinedPath(directory, argument);
    const host = flow.resp_h.includes(":") ? `[${flow.resp_h}]` : flow.resp_h;
    return `ftp://${host}${path.startsWith("/") ? "" : "/"}${path}`;
  }

  function bounded(value: string, limit: number, weird: string): string {
    if (value.length <= limit) return value;
    output.weird(flow, weird, String(value.length));
    return value.slice(0, limit);
  }

  function remove(command: Command): boolean {
    const at = pending.indexOf(command);
    if (at >= 0) pending.splice(at, 1);
    return at >= 0;
  }

  function expectData(address: DataAddress, passive: boolean): void {
    const host = address.host ?? flow.resp_h;
    transfer["data_channel.passive"] = passive;
    transfer["data_channel.orig_h"] = passive ? flow.orig_h : flow.resp_h;
    transfer["data_channel.resp_h"] = host;
    transfer["data_channel.resp_p"] = address.port;
    shared.dataChannels.announce(host, address.port, dataSession, output.now);
    output.expect(host, address.port, "ftp-data");
  }

  function bestMatch(replyCode: number, replyText: string): Command {
    let best: Command | undefined;
    let score = -1;
    for (const command of pending) {
      const fits = fitness(command, replyCode, replyText);
      if (fits > score) [best, score] = [command, fits];
    }
    return best ?? { ts: output.now, name: "<missing>", argument: "" };
  }

  function learn(command: Command, replyCode: number, replyText: string): void {
    const { name } = command;
    if ((replyCode === 150 && name === "RETR") || (replyCode === 213 && name === "SIZE")) {
      const size = replyText.match(/[0-9]{1,15}/g)?.at(-1);
      if (size !== undefined) transfer.file_size = Number(size);
    } else if ((replyCode === 227 && name === "PASV") || (replyCode === 229 && name === "EPSV")) {
      const address = replyCode === 227 ? sixNumbers(replyText) : extended(replyText);
      if (address !== undefined) expectData(address, true);
    } else if (replyCode === 250 && name === "CWD") directory = joinedPath(directory, command.argument);
    else if ((replyCode === 200 || replyCode === 250) && name === "CDUP") directory = joinedPath(directory, "..");
    else if (replyCode === 257 && (name === "PWD" || name === "XPWD")) directory = quotedPath(replyText) ?? directory;
  }

  return {
    request(name, argument) {
      if (current !== undefined && code !== undefined && remove(current)) handOn(current);
      if (pending.length < PENDING_LIMIT) pending.push({ ts: output.now, name, argument });
      else output.weird(flow, "FTP_too_many_pending_commands", String(pending.length));
      if (name === "USER") user = bounded(argument, NAME_LIMIT, "FTP_user_too_long");
      else if (name === "PASS") password = bounded(argument, NAME_LIMIT, "FTP_password_too_long");
      else if (name === "CLNT") {
        shared.software.found(output, { host: flow.orig_h, type: "FTP::CLIENT", text: argument });
      } else if (name === "PORT" || name === "EPRT") {
        const address = name === "PORT" ? sixNumbers(argument) : extended(argument);
        if (address !== undefined) expectData(address, false);
      }
    },
    reply(replyCode, replyText, continued) {
      current = bestMatch(replyCode, replyText);
      [code, text] = [replyCode, replyText];
      if (continued) return;
      learn(current, replyCode, replyText);
      // With several commands under way there is no waiting for the next one to tell that this one is answered.
      if (pending.length > 1) {
        remove(current);
        handOn(current);
      }
    },
    flush() {
      for (const command of pending.splice(0)) handOn(command);
    },
  };
}
