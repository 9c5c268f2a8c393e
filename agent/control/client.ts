// The command line's end of the control socket.

import { InputError, systemReason } from "../errors.ts";
import { controlSocket, type Request, type Response } from "./messages.ts";

/** Bytes of the longest answer taken. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

/**
 * Asks the running agent.
 * @throws {InputError} when none is running there, or it says that it cannot.
 */
export async function askAgent(directory: string, request: Request): Promise<unknown> {
  const path = controlSocket(directory);
  let connection: Deno.UnixConn;
  try {
    connection = await Deno.connect({ transport: "unix", path });
  } catch (error) {
    const absent = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.ConnectionRefused;
    throw new InputError(
      absent
        ? `No agent is running with the state directory ${directory}; start one with --interface, or name its configuration with --config.`
        : `The agent cannot be spoken to at ${path}: ${systemReason(error)}.`,
    );
  }
  using open = connection;
  const bytes = new TextEncoder().encode(`${JSON.stringify(request)}\n`);
  for (let done = 0; done < bytes.length;) done += await open.write(bytes.subarray(done));
  const response = JSON.parse(await answerLine(open)) as Response;
  if ("problem" in response) throw new InputError(response.problem);
  return response.result;
}

async function answerLine(connection: Deno.UnixConn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  while (text.length < LONGEST_ANSWER) {
    const length = await connection.read(buffer);
    if (length === null) break;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
    if (text.endsWith("\n")) return text;
  }
  throw new InputError("The agent has ended without an answer.");
}
