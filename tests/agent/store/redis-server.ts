// A real Redis for tests, on a port and a socket of its own; gone when the test is over.

import { join } from "node:path";

export interface RedisServer {
  readonly port: number;
  readonly socket: string;
  readonly folder: string;
  /** Ends it as a power cut would, or starts it again, empty. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it from answering, or lets it go on. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** One command by redis-cli; what it printed. */
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

const PATIENCE_MILLISECONDS = 20_000;

/** Starts `redis-server` (Debian package redis-server) with these options. */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  const folder = await Deno.makeTempDir();
  const [port, socket, log] = [redisPort(), join(folder, "redis.sock"), join(folder, "redis.log")];
  let process: Deno.ChildProcess;
  const command = async (...words: string[]): Promise<string> => {
    const { stdout } = await new Deno.Command("redis-cli", { args: ["-s", socket, ...words], stderr: "null" }).output();
    return new TextDecoder().decode(stdout).trimEnd();
  };
  const server: RedisServer = {
    port,
    socket,
    folder,
    command,
    async start() {
      process = new Deno.Command("redis-server", {
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
            `redis-server does not answer: ${(await Deno.readTextFile(log)).split("\n").slice(-5).join(" ")}`,
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
