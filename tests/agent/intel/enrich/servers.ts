// Services as they are on the Internet, on this machine: an HTTP server that answers as it is told, and a DNS server.

/** What an HTTP server was asked. */
export interface Seen {
  method: string;
  path: string;
  headers: Headers;
  body: string;
}

export interface HttpServer {
  /** Its address, with a final slash. */
  url: string;
  seen: Seen[];
  stop(): Promise<void>;
}

/** Starts an HTTP server. */
export function serveHttp(answer: (seen: Seen) => Response | Promise<Response>): HttpServer {
  const seen: Seen[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const one = {
      method: request.method,
      path: pathname + search,
      headers: request.headers,
      body: await request.text(),
    };
    seen.push(one);
    return await answer(one);
  });
  return { url: `http://127.0.0.1:${server.addr.port}/`, seen, stop: () => server.shutdown() };
}

/** A JSON answer. */
export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}

export interface DnsServer {
  ip: string;
  port: number;
  /** Names asked for, in lower case, each with its type: "A 2.0.0.127.zen.example". */
  seen: string[];
  stop(): Promise<void>;
}

const TYPES: Readonly<Record<number, "A" | "PTR">> = { 1: "A", 12: "PTR" };

/**
 * Starts a DNS server (RFC 1035, over UDP): `answer` gives the addresses or names for a question, undefined for a name that
 * does not exist, and "nothing" for silence.
 */
export async function serveDns(answer: (question: string) => string[] | "nothing" | undefined): Promise<DnsServer> {
  const { createSocket } = await import("node:dgram");
  const seen: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (; query[at] !== 0; at += 1 + query[at]!) {
      labels.push(query.subarray(at + 1, at + 1 + query[at]!).toString("latin1"));
    }
    const type = TYPES[query.readUInt16BE(at + 1)] ?? "A";
    const question = `${type} ${labels.join(".").toLowerCase()}`;
    seen.push(question);
    const answers = answer(question);
    if (answers === "nothing") return;
    const records = (answers ?? []).map((value) => record(type, value));
    const head = new Uint8Array(12);
    const view = new DataView(head.buffer);
    view.setUint16(0, query.readUInt16BE(0));
    view.setUint16(2, answers === undefined ? 0x8183 : 0x8180);
    view.setUint16(4, 1);
    view.setUint16(6, records.length);
    socket.send(Uint8Array.from([...head, ...query.subarray(12, at + 5), ...records.flat()]), from.port, from.address);
  });
  await new Promise<void>((ready) => socket.bind(0, "127.0.0.1", ready));
  const { port } = socket.address();
  return { ip: "127.0.0.1", port, seen, stop: () => new Promise((done) => socket.close(() => done())) };
}

/** A resource record for the question's name, which lasts a minute. */
function record(type: "A" | "PTR", value: string): number[] {
  const data = type === "A"
    ? value.split(".").map(Number)
    : [...value.split(".").flatMap((label) => [label.length, ...new TextEncoder().encode(label)]), 0];
  return [0xc0, 12, 0, type === "A" ? 1 : 12, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 0xff, ...data];
}
