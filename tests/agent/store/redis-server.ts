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

/** Starts `redis-server` (Debian package redis-server) with these options. */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  const folder = await Deno.makeTempDir();
  const [port, socket] = [freePort(), join(folder, "redis.sock")];
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
          ...["--save", "", "--appendonly", "no", ...options],
        ],
        stdout: "null",
        stderr: "null",
      }).spawn();
      // Also an answer that a password is wanted is one.
      while (await command("PING") === "") await new Promise((resolve) => setTimeout(resolve, 20));
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
  await server.start();
  return server;
}
