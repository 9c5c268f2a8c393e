// How one speaks to a running agent: over a Unix socket in its state directory, one JSON object a line, one answer for each
// request, in order. `{"topic":"peers","command":"list","words":[]}` -> `{"result":…}` or `{"problem":"one sentence"}`.

import { join } from "node:path";

export interface Request {
  /** Which part of the agent is meant. */
  readonly topic: string;
  readonly command: string;
  readonly words: readonly string[];
}

export type Response = { readonly result: unknown } | { readonly problem: string };

/** Bytes of the longest request. */
export const LONGEST_REQUEST = 64 * 1024;

/** Where the socket of the agent with this state directory is. */
export function controlSocket(directory: string): string {
  return join(directory, "control.sock");
}

/** The request on a line, or the sentence why it is none. */
export function readRequest(line: string): Request | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "This is not JSON.";
  }
  const { topic, command, words } = (value ?? {}) as Record<string, unknown>;
  if (typeof topic !== "string" || typeof command !== "string") return "A request needs a topic and a command.";
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) {
    return "The words must be a list of words.";
  }
  return { topic, command, words };
}
