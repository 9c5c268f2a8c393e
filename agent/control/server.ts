// The running agent's end of the control socket. Whoever may open the socket may command the agent: it is the owner's alone.

import { InputError, systemReason } from "../errors.ts";
import { controlSocket, LONGEST_REQUEST, readRequest, type Response } from "./messages.ts";

/** Carries out the commands of one topic. What it throws as an `Error` is told to the user as its message. */
export type Topic = (command: string, words: readonly string[]) => Promise<unknown>;

export interface ControlServer {
  close(): void;
}

/** Only the owner may speak to the agent. */
const SOCKET_MODE = 0o600;
/** Conversations at the same time; more have to wait. */
const MAXIMUM_CONVERSATIONS = 16;

/**
 * Listens for requests.
 * @throws {InputError} when another agent has this state directory, or the socket cannot be made.
 */
export async function serveControl(
  directory: string,
  topics: Readonly<Record<string, Topic>>,
  warn: (sentence: string) => void,
): Promise<ControlServer> {
  const path = controlSocket(directory);
  if (await isAnswered(path)) {
    throw new InputError(
      `Another agent is running with the state directory ${directory}; give each its own state.directory.`,
    );
  }
  const listener = listen(path);
  void accept(listener, topics, warn);
  return { close: () => close(listener, path) };
}

function close(listener: Deno.UnixListener, path: string): void {
  try {
    listener.close();
    Deno.removeSync(path);
  } catch {
    // It is gone already.
  }
}

/** Whether somebody listens there. */
async function isAnswered(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

function listen(path: string): Deno.UnixListener {
  // The socket is made with its mode, not given it a moment later.
  const mask = Deno.umask(0o777 & ~SOCKET_MODE);
  try {
    // Left by an agent that was killed.
    try {
      Deno.removeSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return Deno.listen({ transport: "unix", path });
  } catch (error) {
    throw new InputError(`The control socket ${path} cannot be made: ${systemReason(error)}.`);
  } finally {
    Deno.umask(mask);
  }
}

async function accept(
  listener: Deno.UnixListener,
  topics: Readonly<Record<string, Topic>>,
  warn: (sentence: string) => void,
): Promise<void> {
  const talking = new Set<Promise<void>>();
  try {
    for await (const connection of listener) {
      const talk = converse(connection, topics).finally(() => talking.delete(talk));
      talking.add(talk);
      if (talking.size >= MAXIMUM_CONVERSATIONS) await Promise.race(talking);
    }
  } catch (error) {
    warn(`The agent can no longer be spoken to: ${systemReason(error)}.`);
  }
}

async function converse(connection: Deno.UnixConn, topics: Readonly<Record<string, Topic>>): Promise<void> {
  const encoder = new TextEncoder();
  try {
    for await (const line of requestLines(connection)) {
      const response = line === undefined ? { problem: "The request is too long." } : await answer(line, topics);
      const bytes = encoder.encode(`${JSON.stringify(response)}\n`);
      for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
      if (line === undefined) break;
    }
  } catch {
    // The other end has gone.
  } finally {
    connection.close();
  }
}

async function answer(line: string, topics: Readonly<Record<string, Topic>>): Promise<Response> {
  const request = readRequest(line);
  if (typeof request === "string") return { problem: request };
  const topic = Object.hasOwn(topics, request.topic) ? topics[request.topic] : undefined;
  if (topic === undefined) return { problem: `This agent has nothing to say about ${request.topic}.` };
  try {
    return { result: await topic(request.command, request.words) ?? null };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Lines of requests; undefined for one that is too long. */
async function* requestLines(connection: Deno.UnixConn): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let rest = "";
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return;
    rest += decoder.decode(buffer.subarray(0, length), { stream: true });
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 1);
    }
    if (rest.length > LONGEST_REQUEST) yield undefined;
  }
}
