// Follows a log-in in plain text: prompts, what is typed, and whether the system lets the user in. No two systems say it
// in the same words, so the outcome is a guess: success, failure, or confusion when neither can be told.

import { connectionFields, type Flow, type Output } from "../../analyzer.ts";
import { wireText } from "../../text.ts";

/** What the server last said, and what is typed, is kept up to this many bytes. */
export const TEXT_LIMIT = 512;
/** So many bytes of the server behind a password decide on its own: later words are no longer about the log-in. */
export const VERDICT_BYTES = 4096;

const CR = 0x0d;
const LF = 0x0a;
const BACKSPACE = 0x08;
const DELETE = 0x7f;

const USER_PROMPT = /(?:login|user ?name|user ?id|user|account)[^:>]{0,32}[:>] *$/i;
const PASSWORD_PROMPT = /(?:password|passwd|passcode|passwort|passphrase)[^:>]{0,64}[:>] *$/i;
const REFUSAL =
  /incorrect|failed|failure|denied|invalid|bad (?:password|login|user)|unknown user|not allowed|refused|try again|logins? (?:exceeded|disabled)/i;
const WELCOME =
  /last (?:successful )?login|welcome|logged in|login successful|terminal type|you have (?:new |no )?mail/i;
/** A shell's prompt: a sign and a blank at the end of a line. */
const SHELL_PROMPT = /(?:^|\S)[$#%>] ?$/;

export interface Dialogue {
  /** The user's name, where the protocol states it before anything is typed. */
  known(user: string | undefined, clientUser: string | undefined): void;
  typed(byte: number): void;
  said(byte: number): void;
  /** The server's words so far are all there are for now: prompts have no line end. */
  pause(): void;
  /** The outcome is known from elsewhere. */
  decide(success: boolean): void;
  /** Whether a prompt was seen. */
  readonly prompted: boolean;
  finish(): void;
}

/** The log-in on one flow. */
export function newDialogue(flow: Flow, output: Output, proto: "telnet" | "rlogin" | "rsh"): Dialogue {
  const line = new Uint8Array(TEXT_LIMIT);
  const words = new Uint8Array(TEXT_LIMIT);
  let [lineLength, wordsLength, answered] = [0, 0, 0];
  let user: string | undefined;
  let clientUser: string | undefined;
  let waiting = false;
  let prompted = false;
  let settled = false;

  /** The line that the server is in, or with `all` everything kept. */
  function serverText(all: boolean): string {
    let start = 0;
    if (!all) { for (let i = 0; i < wordsLength; i++) if (words[i] === LF || words[i] === CR) start = i + 1; }
    return wireText(words, start, wordsLength);
  }

  function handOn(outcome: { success?: boolean; confused?: boolean }): void {
    waiting = false;
    answered = 0;
    output.emit({
      kind: "login",
      ...connectionFields(flow, output.now),
      proto,
      user,
      client_user: clientUser,
      ...outcome,
    });
  }

  function judge(): void {
    const all = serverText(true).replaceAll("\\x0d", "").replaceAll("\\x0a", "\n");
    if (REFUSAL.test(all)) handOn({ success: false });
    else if (WELCOME.test(all) || SHELL_PROMPT.test(serverText(false))) {
      settled = true;
      handOn({ success: true });
    } else if (answered > VERDICT_BYTES) {
      settled = true;
      handOn({ confused: true });
    }
  }

  function lineTyped(): void {
    const text = wireText(line, 0, lineLength);
    lineLength = 0;
    const prompt = serverText(false);
    if (PASSWORD_PROMPT.test(prompt)) {
      waiting = true;
      answered = 0;
      wordsLength = 0;
    } else if (USER_PROMPT.test(prompt.replace(text, "")) || (USER_PROMPT.test(prompt))) {
      user = text === "" ? user : text;
      prompted = true;
      wordsLength = 0;
    }
  }

  return {
    get prompted() {
      return prompted;
    },
    known(name, client) {
      user = name;
      clientUser = client;
      waiting = true;
    },
    typed(byte) {
      if (settled) return;
      if (byte === CR || byte === LF) {
        if (byte === CR || lineLength > 0) lineTyped();
      } else if (byte === BACKSPACE || byte === DELETE) lineLength = Math.max(0, lineLength - 1);
      else if (byte !== 0 && lineLength < TEXT_LIMIT) line[lineLength++] = byte;
    },
    said(byte) {
      if (settled || byte === 0) return;
      if (wordsLength === TEXT_LIMIT) {
        words.copyWithin(0, TEXT_LIMIT / 2);
        wordsLength = TEXT_LIMIT / 2;
      }
      words[wordsLength++] = byte;
      if (waiting) answered++;
      if (waiting && byte === LF) judge();
    },
    pause() {
      if (settled) return;
      const prompt = serverText(false);
      if (PASSWORD_PROMPT.test(prompt) || USER_PROMPT.test(prompt)) {
        // Being asked again is a refusal; being asked for the first time after rlogin's names is none.
        if (waiting && prompted) handOn({ success: false });
        waiting = false;
        prompted = true;
      } else if (waiting) judge();
    },
    decide(success) {
      if (settled) return;
      settled = true;
      handOn({ success });
    },
    finish() {
      if (waiting && !settled) handOn({ confused: true });
      settled = true;
    },
  };
}
