// A connection whose end is late: what a client sent before it gave up arrives after all.

/** A way to a server on which a transaction can get stuck, to arrive later, as after a network was cut. */
export interface SlowWay {
  readonly port: number;
  /** From now on a transaction, and what comes behind it, waits on its way. */
  hold(): void;
  /** Something waits. */
  isHolding(): boolean;
  /** All that waits arrives; resolves when the server has done it. */
  release(): Promise<void>;
  close(): void;
}

/** Makes one to the server on this port, for one connection. */
export function slowWay(port: number): SlowWay {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const text = new TextDecoder();
  const held: Uint8Array[] = [];
  let [isToHold, ended]: [boolean, Promise<void>] = [false, Promise.resolve()];
  let server: Deno.TcpConn | undefined;
  void (async () => {
    const client = await listener.accept();
    const behind = server = await Deno.connect({ hostname: "127.0.0.1", port });
    // To the end of it, also when nobody hears it any more.
    ended = (async () => {
      for await (const piece of behind.readable) await client.write(piece).catch(() => {});
    })();
    try {
      for await (const piece of client.readable) {
        if (held.length > 0 || isToHold && text.decode(piece).includes("MULTI")) held.push(piece);
        else await behind.write(piece);
      }
    } catch { /* it has gone */ }
  })();
  return {
    port: listener.addr.port,
    hold: () => void (isToHold = true),
    isHolding: () => held.length > 0,
    async release() {
      for (const piece of held) await server!.write(piece);
      await server!.closeWrite();
      await ended;
    },
    close() {
      listener.close();
      try {
        server?.close();
      } catch { /* it has ended */ }
    },
  };
}
