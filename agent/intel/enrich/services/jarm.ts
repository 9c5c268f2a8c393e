// JARM: which program a TLS server is, found out by greeting it ten times. This contacts the server itself, which may be the
// attacker's: it shows him our address, and that somebody looks.

import { isGlobal } from "../../../record/address.ts";
import { clientHellos } from "../jarm/probes.ts";
import { fingerprint, type HelloParts, readServerHello } from "../jarm/fingerprint.ts";
import { LookupFailure } from "../http.ts";
import type { ServiceDefinition } from "../service.ts";

/** Bytes of an answer that are read: the published program's number. Certificates may follow, which do not matter. */
const ANSWER_BYTES = 1484;

export const JARM: ServiceDefinition = {
  name: "jarm",
  perMinute: 2,
  hosts: () => "any",
  // Never into our own network: only what the Internet can reach is a server of somebody else.
  answers: (question) => question.ask === "jarm" && isGlobal(question.ip),
  async ask(question, { timeout }) {
    if (question.ask !== "jarm") return {};
    return { jarm: await probe(question.ip, question.port, question.name ?? question.ip, timeout) };
  },
};

/**
 * The JARM of a server.
 * @throws {LookupFailure} when no connection could be made at all: that says nothing about the program behind it.
 */
export async function probe(ip: string, port: number, name: string, timeout: number): Promise<string> {
  const answers: HelloParts[] = [];
  let connected = 0;
  // One after the other, as published: ten at once look like an attack.
  for (const hello of clientHellos(name, (length) => crypto.getRandomValues(new Uint8Array(length)))) {
    const answer = await greet(ip, port, hello, timeout);
    if (answer !== undefined) connected++;
    else if (connected === 0) throw new LookupFailure(`${ip}:${port} cannot be reached`, "failed");
    answers.push(readServerHello(answer ?? new Uint8Array()));
  }
  return fingerprint(answers);
}

/** The first bytes that a server answers; none when it says nothing; undefined when it does not accept the connection. */
async function greet(
  ip: string,
  port: number,
  hello: Uint8Array<ArrayBuffer>,
  timeout: number,
): Promise<Uint8Array | undefined> {
  const late = AbortSignal.timeout(timeout * 1000);
  let connection: Deno.TcpConn;
  try {
    connection = await Deno.connect({ hostname: ip, port, signal: late });
  } catch {
    return undefined;
  }
  const close = (): void => {
    try {
      connection.close();
    } catch {
      // Closed already.
    }
  };
  // Ends a read that would wait for ever.
  late.addEventListener("abort", close);
  const answer = new Uint8Array(ANSWER_BYTES);
  let length = 0;
  try {
    await connection.write(hello);
    while (length < ANSWER_BYTES) {
      const read = await connection.read(answer.subarray(length));
      if (read === null) break;
      length += read;
      // The record with the hello is complete: what follows does not matter.
      if (length >= 5 && length >= 5 + answer[3]! * 256 + answer[4]!) break;
    }
  } catch {
    // A reset or the end of patience: what came so far counts.
  } finally {
    late.removeEventListener("abort", close);
    close();
  }
  return answer.subarray(0, length);
}
