// The connection to a Redis: commands out, replies in, and one sentence for whatever goes wrong.

import { Buffer } from "node:buffer";
import { createClient, RESP_TYPES } from "redis";
import { hostAndPort, NOT_PERMITTED, type RedisAddress, type RedisPlace } from "../place.ts";
import { StoreError } from "../store.ts";

/** What Redis answers (RESP 2). */
export type Reply = string | number | null | Reply[];
export type Command = string[];
/** The same of bytes. */
export type ByteReply = Uint8Array | string | number | null | ByteReply[];
export type ByteCommand = readonly (string | Uint8Array)[];

export interface Link {
  ask(...command: Command): Promise<Reply>;
  /** Several commands on one way there and back, each for itself. */
  askAll(commands: readonly Command[]): Promise<Reply[]>;
  /** As `askAll`, with bytes; texts in the replies are bytes too. */
  askAllBytes(commands: readonly ByteCommand[]): Promise<ByteReply[]>;
  /** All of them at once, or none (MULTI). */
  together(commands: readonly Command[]): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds that a server may take to be reached, and to answer; the library gives up its socket after the first. */
const CONNECT_MILLISECONDS = 5000;
const ANSWER_MILLISECONDS = 10_000;

/**
 * Connects to the server that holds our keys: the one that was named, or of several the one that takes writings.
 * @throws {StoreError} when there is none.
 */
export async function connect(place: RedisPlace, probe: Command): Promise<Link> {
  const waiting = [...place.addresses];
  let problem: unknown;
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    let link: Link | undefined;
    try {
      link = await connectTo(place, address);
      await link.ask(...probe);
      return link;
    } catch (error) {
      await link?.close();
      // Who says that he is the wrong one says more than who does not answer, and who has had the keys most.
      if (problem === undefined || isElsewhere(error) && !isMoving(problem)) problem = error;
    }
  }
  throw problem;
}

function isMoving(error: unknown): boolean {
  return error instanceof StoreError && error.message.includes(MOVING);
}

function isElsewhere(error: unknown): boolean {
  return error instanceof StoreError && /cluster|replica/.test(error.message);
}

async function connectTo(place: RedisPlace, address: RedisAddress): Promise<Link> {
  // Asked beforehand: the library would take a refusal of ours for one of the server's.
  if (!("socket" in address) && !mayContact(address)) {
    throw new StoreError(`The store ${place.where} cannot be used: ${NOT_PERMITTED}.`);
  }
  const client = createClient({
    socket: "socket" in address ? { path: address.socket, ...SOCKET } : {
      host: address.host,
      port: address.port,
      ...SOCKET,
      ...place.tls ? { tls: true as const, ...place.authorities === undefined ? {} : { ca: place.authorities } } : {},
    },
    ...place.user === undefined ? {} : { username: place.user },
    ...place.password === undefined ? {} : { password: place.password },
    database: place.database,
    RESP: 2,
    // They would make the library look at the environment, which its thread may not.
    maintNotifications: "disabled",
    disableOfflineQueue: true,
  });
  // What goes wrong is told by the command that it happens to.
  client.on("error", () => {});
  const within = async <T>(milliseconds: number, work: Promise<T>): Promise<T> => {
    let timer: number | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error(), { code: "ETIMEDOUT" })), milliseconds);
    });
    work.catch(() => {});
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      throw problemOf(place, error);
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    await within(ANSWER_MILLISECONDS, client.connect());
  } catch (error) {
    destroy();
    throw error;
  }

  function destroy(): void {
    try {
      client.destroy();
    } catch { /* it is closed already */ }
  }
  const ask = (command: Command): Promise<Reply> => client.sendCommand<Reply>(command);
  const askBytes = (command: ByteCommand): Promise<ByteReply> => {
    const words = command.map((word) =>
      typeof word === "string" ? word : Buffer.from(word.buffer, word.byteOffset, word.byteLength)
    );
    return client.sendCommand<ByteReply>(words, { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } });
  };
  return {
    ask: (...command) => within(ANSWER_MILLISECONDS, ask(command)),
    askAll: (commands) => within(ANSWER_MILLISECONDS, Promise.all(commands.map(ask))),
    askAllBytes: (commands) => within(ANSWER_MILLISECONDS, Promise.all(commands.map(askBytes))),
    async together(commands) {
      const multi = client.multi();
      for (const command of commands) multi.addCommand(command);
      await within(ANSWER_MILLISECONDS, multi.exec());
    },
    close() {
      destroy();
      return Promise.resolve();
    },
  };
}

function mayContact(address: { readonly host: string; readonly port: number }): boolean {
  return Deno.permissions.querySync({ name: "net", host: hostAndPort(address) }).state === "granted";
}

const SOCKET = { connectTimeout: CONNECT_MILLISECONDS, reconnectStrategy: false as const };

const FULL = "it is out of memory";
/** Whether that is the problem. */
export function saysFull(problem: string): boolean {
  return problem.includes(FULL);
}

const MOVING = "its keys are being moved to another node of its cluster";

/** What servers and the system say, by how it begins or what its code is, and what that means. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^WRONGPASS|invalid password/, "the user or the password is wrong"],
  [/without any password/, "it has no password, but one was given"],
  [/^NOAUTH/, "it wants a password (redis://USER:PASSWORD@HOST)"],
  [/^NOPERM/, "its user may not do what is needed (docs/store.md names the commands and the keys)"],
  [/^READONLY/, "it is a replica: name the server that it copies"],
  [
    /^OOM/,
    `${FULL} (give it more by maxmemory, or set store.keep_mebibytes and fleet.keep_mebibytes lower)`,
  ],
  [/^MISCONF/, "it cannot save to its own disk"],
  [/^LOADING|^BUSY/, "it is busy with something else"],
  [/watched keys/, "another program writes the same run"],
  [/^CLUSTERDOWN/, "its cluster is down"],
  [/^(?:ASK|TRYAGAIN) /, MOVING],
  [/DB index is out of range|SELECT is not allowed/, "it has no such database"],
  [/ECONNREFUSED/, "nothing listens there"],
  [/ENOENT/, "there is no such socket"],
  [/EACCES|PermissionDenied/, "you may not use the socket"],
  [/ENOTFOUND|EAI_|getaddrinfo/, "its name is not known"],
  [/EHOSTUNREACH|ENETUNREACH/, "there is no way to it"],
  [/ETIMEDOUT|Connection timeout/i, "it does not answer"],
  [/ECONNRESET|EPIPE|closed|offline|aborted/i, "the connection was lost"],
  [/CaUsedAsEndEntity/, "its certificate is that of an authority, not of a server (basicConstraints CA:FALSE)"],
  [
    /certificate|UnknownIssuer|CERT_|SELF_SIGNED|UNABLE_TO_VERIFY/i,
    "its certificate is not to be trusted (?ca=FILE names who vouches for it)",
  ],
  [
    /wrong version number|InvalidContentType|corrupt message|protocol error/i,
    "it does not speak TLS there, or it does where none was expected",
  ],
];

/** What a server says of a value that it will not have. */
const REFUSALS = /^(?:ERR value is not|WRONGTYPE|ERR string exceeds)/;

function problemOf(place: RedisPlace, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, name, message, cause, replies } = error as Partial<Error> & { code?: string; replies?: unknown[] };
  const inner = replies?.find((reply) => reply instanceof Error);
  const said = [inner, error].map((one) => one instanceof Error ? one.message : "").find((text) => text !== "") ?? "";
  const moved = /^MOVED \d+ (\S+)/.exec(said)?.[1];
  if (moved !== undefined) {
    return new StoreError(
      `The store ${place.where} cannot be used: in its cluster ${moved} holds our keys; name it too (redis://HOST,HOST).`,
    );
  }
  const known = [said, code ?? "", name ?? "", message ?? "", String(cause ?? "")];
  const why = REASONS.find(([pattern]) => known.some((text) => pattern.test(text)))?.[1];
  const sentence = `The store ${place.where} cannot be used: ${why ?? (said || code || "it gave no reason")}.`;
  return new StoreError(sentence, REFUSALS.test(said));
}
