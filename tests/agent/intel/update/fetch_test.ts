// Fetching from servers that behave, and from all sorts that do not. All of them run on this machine.

import assert from "node:assert/strict";
import {
  fetchFeed,
  type FetchLimits,
  type FetchRequest,
  type FetchResult,
} from "../../../../agent/intel/update/fetch.ts";
import { localServer } from "./certificate.ts";

const LIMITS: FetchLimits = { bytes: 100_000, silence: 0.4, total: 5, tries: 3, pause: 0.01 };
const FEED = Array.from({ length: 2000 }, (_, i) => `45.9.${i >> 8}.${i & 255}`).join("\n");

/** What a feed's server does with the requests, one after the other; the last one for all further ones. */
async function against(
  answers: readonly ((request: Request) => Response | Promise<Response>)[],
  request: Omit<FetchRequest, "url"> = {},
  limits: Partial<FetchLimits> = {},
): Promise<{ result: FetchResult; requests: Record<string, string>[] }> {
  const requests: Record<string, string>[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (asked) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)]!;
    requests.push(Object.fromEntries(asked.headers));
    return answer(asked);
  });
  try {
    const url = `http://127.0.0.1:${server.addr.port}/feed.txt`;
    return { result: await fetchFeed({ url, ...request }, { limits: { ...LIMITS, ...limits } }), requests };
  } finally {
    await server.shutdown();
  }
}

function text(result: FetchResult): string {
  assert.equal(result.outcome, "new", JSON.stringify(result));
  return new TextDecoder().decode((result as Extract<FetchResult, { outcome: "new" }>).bytes);
}

function reason(result: FetchResult): string {
  assert.equal(result.outcome, "failed");
  return (result as Extract<FetchResult, { outcome: "failed" }>).reason;
}

/** A body that breaks off after `length` bytes, though all of it was announced. */
function cutOff(length: number, headers: Record<string, string> = {}): Response {
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode(FEED.slice(0, length)));
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.error(new Error("pulled the plug"));
    },
  });
  return new Response(body, { headers: { "content-length": String(FEED.length), ...headers } });
}

Deno.test("200: the feed comes with what tells its version; nothing is packed on the way", async () => {
  const headers = { etag: '"v1"', "last-modified": "Sat, 01 Nov 2025 00:00:00 GMT" };
  const { result, requests } = await against([() => new Response(FEED, { headers })]);
  assert.equal(text(result), FEED);
  assert.deepEqual(result, {
    outcome: "new",
    bytes: new TextEncoder().encode(FEED),
    etag: '"v1"',
    lastModified: "Sat, 01 Nov 2025 00:00:00 GMT",
  });
  assert.equal(requests[0]!["accept-encoding"], "identity");
  assert.equal(requests[0]!["if-none-match"], undefined);
});

Deno.test("304: what has not changed is not sent again", async () => {
  const known = { etag: '"v1"', lastModified: "Sat, 01 Nov 2025 00:00:00 GMT" };
  const { result, requests } = await against([() => new Response(null, { status: 304 })], known);
  assert.deepEqual(result, { outcome: "unchanged" });
  assert.equal(requests[0]!["if-none-match"], '"v1"');
  assert.equal(requests[0]!["if-modified-since"], "Sat, 01 Nov 2025 00:00:00 GMT");
});

Deno.test("206: a transfer that broke off goes on where it was, in the same update", async () => {
  const { result, requests } = await against([
    () => cutOff(10_000, { etag: '"v1"' }),
    (request) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.get("range")!)![1]);
      const headers = { etag: '"v1"', "content-range": `bytes ${from}-${FEED.length - 1}/${FEED.length}` };
      return new Response(FEED.slice(from), { status: 206, headers });
    },
  ]);
  assert.equal(text(result), FEED);
  assert.deepEqual([requests[1]!["range"], requests[1]!["if-range"]], ["bytes=10000-", '"v1"']);
});

Deno.test("a transfer that broke off in an earlier update goes on; when the feed has changed since, it begins anew", async () => {
  const partial = { bytes: new TextEncoder().encode(FEED.slice(0, 5000)), version: '"v1"' };
  const rest = () =>
    new Response(FEED.slice(5000), {
      status: 206,
      headers: { "content-range": `bytes 5000-${FEED.length - 1}/${FEED.length}` },
    });
  assert.equal(text((await against([rest], { partial })).result), FEED);
  assert.equal(text((await against([() => new Response("45.9.1.1\n")], { partial })).result), "45.9.1.1\n");
});

Deno.test("a server that sends another part, or has less than before, is asked for all of it", async () => {
  const partial = { bytes: new TextEncoder().encode(FEED.slice(0, 5000)), version: '"v1"' };
  const wrong = () => new Response("x", { status: 206, headers: { "content-range": "bytes 0-0/9" } });
  const again = await against([wrong, () => new Response(FEED)], { partial });
  assert.equal(text(again.result), FEED);
  assert.equal(again.requests[1]!["range"], undefined);
  const less = await against([() => new Response(null, { status: 416 }), () => new Response(FEED)], { partial });
  assert.equal(text(less.result), FEED);
});

Deno.test("500: it is tried again after a pause, and given up after a few tries", async () => {
  const trouble = () => new Response("oops", { status: 500 });
  const healed = await against([trouble, () => new Response(FEED)]);
  assert.equal(text(healed.result), FEED);
  const { result, requests } = await against([trouble]);
  assert.equal(reason(result), "the server answers 500");
  assert.equal(requests.length, 3);
});

Deno.test("404 and 403 are not tried again; a server that asks to come back much later is left alone", async () => {
  const gone = await against([() => new Response("", { status: 404 })]);
  assert.equal(reason(gone.result), "the feed is not there any more (404)");
  assert.equal(gone.requests.length, 1);
  assert.equal(reason((await against([() => new Response("", { status: 403 })])).result), "the server answers 403");
  const busy = await against([() => new Response("", { status: 429, headers: { "retry-after": "3600" } })]);
  assert.equal(reason(busy.result), "the server asks to come back in 3600 s (429)");
  assert.equal(busy.requests.length, 1);
});

Deno.test("a server that says nothing, or stops in the middle, is waited for only so long", async () => {
  const stalled: ReadableStreamDefaultController[] = [];
  const silent = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("45.9.1.1\n"));
          stalled.push(controller);
        },
        cancel() {},
      }),
    );
  const began = performance.now();
  const { result } = await against([silent], {}, { tries: 2, silence: 0.2 });
  assert.match(reason(result), /^127\.0\.0\.1:\d+ said nothing for 0\.2 s$/);
  assert(performance.now() - began < 3000);
});

Deno.test("a feed without an end is cut off at the bound, announced or not, and not kept", async () => {
  const line = new TextEncoder().encode("45.9.1.1\n".repeat(1000));
  const endless = () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(line) }));
  const { result, requests } = await against([endless]);
  assert.equal(reason(result), "the feed is longer than 100,000 bytes");
  assert.equal((result as Extract<FetchResult, { outcome: "failed" }>).partial, undefined);
  assert.equal(requests.length, 1);
  const huge = () => new Response("45.9.1.1", { headers: { "content-length": "1000000000" } });
  assert.equal(reason((await against([huge])).result), "the feed is longer than 100,000 bytes");
});

Deno.test("a server that drips is cut off by the time for all of it", async () => {
  let timer = 0;
  const drip = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          timer = setInterval(() => controller.enqueue(new TextEncoder().encode("4")), 50);
        },
        cancel: () => clearInterval(timer),
      }),
    );
  assert.equal(reason((await against([drip], {}, { total: 0.5 })).result), "it took longer than 0.5 s");
});

Deno.test("a transfer that breaks off every time is kept for the next update, with the version that it is of", async () => {
  const { result } = await against([() => cutOff(9000, { "last-modified": "Sat, 01 Nov 2025 00:00:00 GMT" })], {}, {
    tries: 1,
  });
  assert.equal(reason(result), "the connection broke off");
  const { partial } = result as Extract<FetchResult, { outcome: "failed" }>;
  assert.deepEqual([partial!.bytes.length, partial!.version], [9000, "Sat, 01 Nov 2025 00:00:00 GMT"]);
  const weak = await against([() => cutOff(9000, { etag: 'W/"v1"' })], {}, { tries: 1 });
  assert.equal(
    (weak.result as Extract<FetchResult, { outcome: "failed" }>).partial,
    undefined,
    "a weak ETag tells too little",
  );
});

Deno.test("a certificate that nobody vouches for is refused; one of an authority that the user trusts is not", async () => {
  const { cert, key, authority } = localServer();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen() {} }, () => new Response(FEED));
  try {
    const url = `https://127.0.0.1:${server.addr.port}/feed.txt`;
    const refused = await fetchFeed({ url }, { limits: LIMITS });
    assert.match(reason(refused), /^127\.0\.0\.1:\d+ shows a certificate that cannot be trusted \(UnknownIssuer\)$/);
    assert.equal(text(await fetchFeed({ url }, { limits: LIMITS, certificates: [authority] })), FEED);
    const other = localServer();
    assert.match(
      reason(await fetchFeed({ url }, { limits: LIMITS, certificates: [other.authority] })),
      /cannot be trusted/,
    );
  } finally {
    await server.shutdown();
  }
});

Deno.test("a feed that leads away from TLS is refused", async () => {
  const { cert, key, authority } = localServer();
  const open = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response(FEED));
  const location = `http://127.0.0.1:${open.addr.port}/feed.txt`;
  const leading = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} },
    () => new Response(null, { status: 302, headers: { location } }),
  );
  try {
    const url = `https://127.0.0.1:${leading.addr.port}/feed.txt`;
    const result = await fetchFeed({ url }, { limits: LIMITS, certificates: [authority] });
    assert.equal(reason(result), `it leads to 127.0.0.1:${open.addr.port}, and there without TLS`);
  } finally {
    await leading.shutdown();
    await open.shutdown();
  }
});

Deno.test("nobody there, and a name that nobody has", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr;
  free.close();
  const limits = { ...LIMITS, tries: 1 };
  assert.equal(
    reason(await fetchFeed({ url: `http://127.0.0.1:${port}/` }, { limits })),
    `127.0.0.1:${port} cannot be reached`,
  );
});
