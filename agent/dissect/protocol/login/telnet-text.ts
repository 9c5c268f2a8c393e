// The text in a Telnet stream (RFC 854): options and commands taken out, what the user rubbed out removed.

/** Where in a command the stream is. */
export interface TelnetState {
  in: "text" | "command" | "option" | "subnegotiation" | "subnegotiation-command";
  /** Whether the other end has sent a command: then it does speak Telnet. */
  negotiated: boolean;
}

const INTERPRET_AS_COMMAND = 255;
const SUBNEGOTIATION = 250;
const SUBNEGOTIATION_END = 240;
const WILL = 251;

/** A state at the start of a stream. */
export function newTelnetState(): TelnetState {
  return { in: "text", negotiated: false };
}

/** Hands each byte of text in `bytes[start..end)` to `take`. */
export function telnetText(
  state: TelnetState,
  bytes: Uint8Array,
  start: number,
  end: number,
  take: (byte: number) => void,
): void {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (state.in === "text") {
      if (byte === INTERPRET_AS_COMMAND) state.in = "command";
      else take(byte);
    } else if (state.in === "command") {
      if (byte === INTERPRET_AS_COMMAND) {
        take(byte);
        state.in = "text";
      } else {
        state.negotiated = true;
        state.in = byte === SUBNEGOTIATION ? "subnegotiation" : byte >= WILL ? "option" : "text";
      }
    } else if (state.in === "option") state.in = "text";
    else if (state.in === "subnegotiation") {
      if (byte === INTERPRET_AS_COMMAND) state.in = "subnegotiation-command";
    } else state.in = byte === SUBNEGOTIATION_END ? "text" : "subnegotiation";
  }
}
