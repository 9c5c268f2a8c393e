// A real Redis or Valkey for tests, on a port and a socket of its own; gone when the test is over.

import { delimiter, join } from "node:path";

/** Servers that a store may be on, as their programs are called. */
export type ServerProgram = "redis-server" | "valkey-server";

const NAMES = { "redis-server": "Redis", "valkey-server": "Valkey" } as const;

/** Those that are installed (Debian packages of the same names); what need not be tried over each is tried over the first. */
export const SERVERS: readonly ServerProgram[] = (["redis-server", "valkey-server"] as const).filter(isInstalled);

/** What people call it. */
export const nameOf = (program: ServerProgram): string => NAMES[program];

export interface RedisServer {
  readonly program: ServerProgram;
  readonly port: number;
  readonly socket: string;
  readonly folder: string;
  /** Ends it as a power cut would, or starts it again, empty. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it from answering, or lets it go on. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** One command by its command line client; what it printed. */
  command(...words: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** A port that nobody has. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A port that Redis can use with clusters too: their second port is 10,000 higher. */
function redisPort(): number {
  for (;;) {
    const port = freePort();
    if (port <= 55_535) return port;
  }
}

const STORE_PAGE = new URL("../../../docs/store.md", import.meta.url);

/** Makes a user `sensor` with the rights that the documentation names, and no other; `words` are said to the server first. */
export async function allowUser({ command }: RedisServer, password: string, ...words: string[]): Promise<void> {
  const [, rights] = /`(ACL SETUSER sensor [^`]*)`/.exec(await Deno.readTextFile(STORE_PAGE)) ?? [];
  if (rights === undefined) throw new Error("docs/store.md names no rights of a user");
  const answer = await command(...words, ...rights.replace("PASSWORD", password).split(" "));
  if (!answer.endsWith("OK")) throw new Error(`ACL SETUSER: ${answer}`);
}

/** Makes a key and a certificate for 127.0.0.1 that vouches for itself; their files. */
export async function makeCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"],
      ...["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-keyout", key, "-out", certificate],
    ],
  }).output();
  if (!success) throw new Error(`openssl: ${new TextDecoder().decode(stderr)}`);
  return { key, certificate };
}

const PATIENCE_MILLISECONDS = 20_000;

/** Starts the first that is installed with these options. */
export function startRedis(...options: string[]): Promise<RedisServer> {
  return startServer(SERVERS[0] ?? "redis-server", ...options);
}

/** Starts this one with these options. */
export async function startServer(program: ServerProgram, ...options: string[]): Promise<RedisServer> {
  const folder = await Deno.makeTempDir();
  const [port, socket, log] = [redisPort(), join(folder, "redis.sock"), join(folder, "redis.log")];
  const client = program.replace("-server", "-cli");
  let process: Deno.ChildProcess;
  const command = async (...words: string[]): Promise<string> => {
    const { stdout } = await new Deno.Command(client, { args: ["-s", socket, ...words], stderr: "null" }).output();
    return new TextDecoder().decode(stdout).trimEnd();
  };
  const server: RedisServer = {
    program,
    port,
    socket,
    folder,
    command,
    async start() {
      process = new Deno.Command(program, {
        args: [
          ...["--port", String(port), "--bind", "127.0.0.1", "--unixsocket", socket, "--dir", folder],
          ...["--save", "", "--appendonly", "no", "--logfile", log, ...options],
        ],
        stdout: "null",
        stderr: "null",
      }).spawn();
      let ended = false;
      process.status.then(() => ended = true);
      const end = performance.now() + PATIENCE_MILLISECONDS;
      // Also an answer that a password is wanted is one.
      while (await command("PING") === "") {
        if (ended || performance.now() > end) {
          throw new Error(
            `${program} does not answer: ${(await Deno.readTextFile(log)).split("\n").slice(-5).join(" ")}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async kill() {
      process.kill("SIGKILL");
      await process.status;
    },
    signal: (name) => process.kill(name),
    async remove() {
      try {
        await server.kill();
      } catch { /* it has ended */ }
      await Deno.remove(folder, { recursive: true });
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}

function isInstalled(program: ServerProgram): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter);
  return folders.some((folder) => {
    try {
      return Deno.statSync(join(folder, program)).isFile;
    } catch {
      return false;
    }
  });
}
