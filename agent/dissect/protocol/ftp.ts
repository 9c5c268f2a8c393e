// FTP (RFC 959): an `ftp` record for each command that concerns files, and the data connections it announces, whose
// contents are files.

import type { Analyzer, Flow, Output, Protocol, Recognition } from "../analyzer.ts";
import { type OpenFile, openFile } from "../files/file.ts";
import { dropLine, newLineReader, readLine } from "../lines.ts";
import type { Shared } from "../shared.ts";
import { wireText } from "../text.ts";
import { newSession, type Session } from "./ftp/session.ts";

/** Zeek's ports for FTP. */
const PORTS = [21, 2811];
/** A longer line comes in parts; only its beginning is read. */
export const LINE_BYTES_LIMIT = 8192;
/** A longer first word is no command (Zeek's FTP::max_command_length). */
const COMMAND_LENGTH_LIMIT = 100;

/** The control connection and the data connections, with what they share. */
export function ftpProtocols(shared: Shared): readonly Protocol[] {
  const control: Protocol = {
    name: "ftp",
    transport: "tcp",
    ports: PORTS,
    recognise,
    analyze: (flow, output) => analyzeControl(flow, output, newSession(flow, output, shared)),
  };
  const data: Protocol = {
    name: "ftp-data",
    transport: "tcp",
    ports: [],
    recognise: () => "no",
    analyze: (flow, output) => analyzeData(flow, output, shared),
  };
  return [control, data];
}

/** "220"; the other greeting, 120, differs in its first digit. */
const GREETING = [0x32, 0x32, 0x30];
const DIGIT_ONE = 0x31;

/** A server that greets and then asks for a password or lets in; the client's USER is POP3's and IRC's as well. */
function recognise(bytes: Uint8Array, start: number, end: number, fromOrig: boolean): Recognition {
  if (fromOrig) return "no";
  // Before any text is made of it: a reply begins with the digits of 120 or 220.
  const seen = Math.min(3, end - start);
  for (let at = 0; at < seen; at++) {
    const byte = bytes[start + at];
    if (byte !== GREETING[at] && !(at === 0 && byte === DIGIT_ONE)) return "no";
  }
  const text = wireText(bytes, start, end).replaceAll("\\x0d", "").split("\\x0a");
  if (!/^(120|220)([ -]|$)/.test(text[0]!.slice(0, 4))) return text.length === 1 && text[0]!.length < 4 ? "more" : "no";
  return text.slice(1).some((line) => /^(230|331)[ -]/.test(line)) ? "yes" : "more";
}

function analyzeControl(flow: Flow, output: Output, session: Session): Analyzer {
  const client = newLineReader(LINE_BYTES_LIMIT);
  const server = newLineReader(LINE_BYTES_LIMIT);
  let confirmed = false;
  let over = false;
  /** The rest of a line that is too long is passed over. */
  let [clientSkips, serverSkips] = [false, false];
  let pendingReply = 0;
  let mechanism = "";

  function commandLine(text: string): void {
    const found = /^\s*([!-~]+)(?:\s+(.*))?$/.exec(text);
    if (found === null || found[1]!.length < 3 || found[1]!.length > COMMAND_LENGTH_LIMIT) {
      if (confirmed && text.trim() !== "") output.weird(flow, "FTP_invalid_command");
      return;
    }
    const name = found[1]!.toUpperCase();
    const argument = found[2] ?? "";
    if (!confirmed) output.service(flow, "ftp");
    confirmed = true;
    if (name === "AUTH") mechanism = argument.toUpperCase();
    session.request(name, argument);
  }

  function replyLine(text: string, next: number): void {
    const code = /^[1-9][0-9]{2}/.test(text) ? Number(text.slice(0, 3)) : 0;
    if (pendingReply !== 0) {
      if (code !== pendingReply || text[3] !== " ") return;
      pendingReply = 0;
    } else if (code === 0 || (text.length > 3 && text[3] !== " " && text[3] !== "-")) {
      if (confirmed) output.notService(flow, "ftp");
      over = true;
      return;
    }
    const continued = text[3] === "-";
    if (continued) pendingReply = code;
    session.reply(code, text.slice(continued ? 4 : 3).trimStart(), continued);
    if (code === 234 && (mechanism === "TLS" || mechanism === "SSL")) {
      over = true;
      output.upgrade(flow, "ssl", next);
    }
  }

  return {
    deliver(fromOrig, bytes, start, end) {
      const lines = fromOrig ? client : server;
      for (let at = start; at < end && !over;) {
        at = readLine(lines, bytes, at, end);
        if (lines.found === "none") break;
        const skips = fromOrig ? clientSkips : serverSkips;
        if (fromOrig) clientSkips = lines.found === "part";
        else serverSkips = lines.found === "part";
        if (skips || lines.start === lines.end) continue;
        const text = wireText(lines.bytes, lines.start, lines.end);
        if (fromOrig) commandLine(text);
        else replyLine(text, at);
      }
      return !over;
    },
    gap(fromOrig) {
      dropLine(fromOrig ? client : server);
      if (fromOrig) clientSkips = true;
      else serverSkips = true;
      return !over;
    },
    finish: () => session.flush(),
  };
}

function analyzeData(flow: Flow, output: Output, shared: Shared): Analyzer {
  const owner = shared.dataChannels.owner(flow.resp_h, flow.resp_p, output.now);
  const files: Record<"orig" | "resp", OpenFile | undefined> = { orig: undefined, resp: undefined };
  output.service(flow, "ftp-data");
  function open(isOrig: boolean): OpenFile {
    const file = openFile(shared.fileSettings, output, {
      flow,
      source: "FTP_DATA",
      isOrig,
      depth: 0,
      key: `${flow.uid} ${isOrig ? "orig" : "resp"}`,
      onType: (type) => owner?.fileTyped(type),
    });
    owner?.fileOpened(file.fuid);
    return file;
  }
  return {
    deliver(fromOrig, bytes, start, end) {
      const side = fromOrig ? "orig" : "resp";
      (files[side] ??= open(fromOrig)).data(bytes, start, end);
      return true;
    },
    gap(fromOrig, length) {
      files[fromOrig ? "orig" : "resp"]?.gap(length);
      return true;
    },
    endOfSide(fromOrig) {
      const side = fromOrig ? "orig" : "resp";
      files[side]?.finish();
      files[side] = undefined;
    },
    finish() {
      files.orig?.finish();
      files.resp?.finish();
      shared.dataChannels.release(flow.resp_h, flow.resp_p);
    },
  };
}
