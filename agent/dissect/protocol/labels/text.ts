// What text protocols begin with.

import { ascii, isAt, isOneOfAt, type Look } from "./look.ts";

const CARRIAGE_RETURN = 0x0d, LINE_FEED = 0x0a, SPACE = 0x20;

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** IRC (RFC 1459, RFC 2812, IRCv3): what a client may say before it is registered, and servers among themselves. */
const IRC_CLIENT = ["NICK ", "USER ", "PASS ", "CAP LS", "CAP REQ", "CAP END", "SERVER ", "STARTTLS\r\n"].map(ascii);
export const ircClient: Look = (bytes, start, end) => isOneOfAt(bytes, start, end, IRC_CLIENT);

const IRC_SERVER = ["NOTICE ", "PING ", "ERROR :", "PASS ", "SERVER "].map(ascii);
const IRC_SERVER_NAMED = [...IRC_SERVER, ascii("CAP ")];
/** A server may name itself first (":irc.example.org "); then a notice, or a reply of three digits and a space. */
export const ircServer: Look = (bytes, start, end) => {
  let at = start;
  if (bytes[at] === 0x3a) {
    while (at < end && bytes[at]! > SPACE) at++;
    if (at < end && bytes[at] !== SPACE) return "no";
    at++;
    if (at + 4 > end) return "more";
    if (isDigit(bytes[at]!) && isDigit(bytes[at + 1]!) && isDigit(bytes[at + 2]!) && bytes[at + 3] === SPACE) {
      return "yes";
    }
    return isOneOfAt(bytes, at, end, IRC_SERVER_NAMED);
  }
  return isOneOfAt(bytes, at, end, IRC_SERVER);
};

/** POP3 (RFC 1939): a greeting, and commands of four letters. */
const POP3_COMMANDS = ["USER", "APOP", "CAPA", "AUTH", "QUIT", "STLS", "NOOP", "PASS", "STAT", "LIST", "UTF8"].map(
  ascii,
);
const POP3_GREETING = ascii("+OK");
export const pop3Client: Look = (bytes, start, end) => isOneOfAt(bytes, start, end, POP3_COMMANDS);
export const pop3Server: Look = (bytes, start, end) => isAt(bytes, start, end, POP3_GREETING);

/** IMAP (RFC 9051): an untagged greeting; a tag and a command. */
const IMAP_GREETINGS = ["* OK", "* PREAUTH", "* BYE"].map(ascii);
const IMAP_COMMANDS = ["CAPABILITY", "LOGIN ", "AUTHENTICATE ", "STARTTLS", "NOOP", "ID ", "LOGOUT", "ENABLE "].map(
  ascii,
);
/** Longest tag that a client is known to use; they count. */
const LONGEST_TAG = 32;
export const imapServer: Look = (bytes, start, end) => isOneOfAt(bytes, start, end, IMAP_GREETINGS);
export const imapClient: Look = (bytes, start, end) => {
  let at = start;
  while (at < end && at - start <= LONGEST_TAG && (isLetter(bytes[at]!) || isDigit(bytes[at]!) || bytes[at] === 0x2e)) {
    at++;
  }
  if (at === end) return at - start > LONGEST_TAG ? "no" : "more";
  return at === start || bytes[at] !== SPACE ? "no" : isOneOfAt(bytes, at + 1, end, IMAP_COMMANDS);
};

/** XMPP (RFC 6120): a stream is opened, with or without an XML declaration and blanks before it. */
const XML = ascii("<?xml"), STREAM = ascii("<stream:stream");
const XMPP_DECLARATION_END = ascii("?>");
export const xmpp: Look = (bytes, start, end) => {
  let at = start;
  const declared = isAt(bytes, at, end, XML);
  if (declared === "more") return "more";
  if (declared === "yes") {
    while (at < end && isAt(bytes, at, end, XMPP_DECLARATION_END) === "no") at++;
    at += XMPP_DECLARATION_END.length;
  }
  while (at < end && (bytes[at] === SPACE || bytes[at] === CARRIAGE_RETURN || bytes[at] === LINE_FEED)) at++;
  return at >= end ? "more" : isAt(bytes, at, end, STREAM);
};

/** Redis's protocol (RESP): an array of bulk strings from the client; any type from the server. */
export const redisClient: Look = (bytes, start, end) => {
  if (bytes[start] !== 0x2a) return "no";
  let at = start + 1;
  while (at < end && isDigit(bytes[at]!)) at++;
  if (at + 3 > end) return "more";
  if (at === start + 1 || bytes[at] !== CARRIAGE_RETURN || bytes[at + 1] !== LINE_FEED || bytes[at + 2] !== 0x24) {
    return "no";
  }
  return at + 3 >= end ? "more" : isDigit(bytes[at + 3]!) ? "yes" : "no";
};
const REDIS_TYPES = ascii("+-:$*_#,(!=%~>");
export const redisServer: Look = (bytes, start, end) => {
  if (!REDIS_TYPES.includes(bytes[start]!)) return "no";
  for (let at = start + 1; at + 1 < end; at++) {
    if (bytes[at] === CARRIAGE_RETURN) return bytes[at + 1] === LINE_FEED ? "yes" : "no";
  }
  return "more";
};

/** SIP (RFC 3261 section 7): a method and a "sip:" address, or a status. */
const SIP_STATUS = ascii("SIP/2.0 ");
const SIP_METHODS = [
  "INVITE ",
  "ACK ",
  "OPTIONS ",
  "BYE ",
  "CANCEL ",
  "REGISTER ",
  "PRACK ",
  "SUBSCRIBE ",
  "NOTIFY ",
  "PUBLISH ",
  "INFO ",
  "REFER ",
  "MESSAGE ",
  "UPDATE ",
].map(ascii);
const SIP_ADDRESSES = ["SIP:", "SIPS:", "TEL:"].map(ascii);
export const sip: Look = (bytes, start, end) => {
  const status = isAt(bytes, start, end, SIP_STATUS);
  if (status !== "no") return status;
  const method = isOneOfAt(bytes, start, end, SIP_METHODS);
  if (method !== "yes") return method;
  let at = start;
  while (bytes[at] !== SPACE) at++;
  return isOneOfAt(bytes, at + 1, end, SIP_ADDRESSES);
};

/** Syslog (RFC 3164, RFC 5424): a priority of up to 191 in angle brackets. */
const HIGHEST_PRIORITY = 191;
export const syslog: Look = (bytes, start, end) => {
  if (bytes[start] !== 0x3c) return "no";
  let at = start + 1;
  let priority = 0;
  while (at < end && at < start + 4 && isDigit(bytes[at]!)) priority = priority * 10 + bytes[at++]! - 0x30;
  return at > start + 1 && at + 1 < end && bytes[at] === 0x3e && priority <= HIGHEST_PRIORITY ? "yes" : "no";
};

/** Remote framebuffer, VNC (RFC 6143 section 7.1.1): both sides tell their version. */
const RFB = ascii("RFB 00");
export const rfb: Look = (bytes, start, end) => isAt(bytes, start, end, RFB);
