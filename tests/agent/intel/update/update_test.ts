// Bringing feeds up to date: what is asked for and when, what is kept, and that a bad day of a feed costs nothing.

import assert from "node:assert/strict";
import type { Feed } from "../../../../agent/intel/feeds/feed.ts";
import { tryOut } from "../../../../agent/intel/compile.ts";
import type { FetchRequest, FetchResult } from "../../../../agent/intel/update/fetch.ts";
import { openShelf, type Shelf, signature } from "../../../../agent/intel/update/shelf.ts";
import { type FeedUpdate, updateFeeds, type UpdateOptions } from "../../../../agent/intel/update/update.ts";

const T = 1_700_000_000;
const DAY = 86_400;

function feed(name: string, more: Partial<Feed> = {}): Feed {
  return {
    name,
    url: `https://feeds.example/${name}`,
    format: "list",
    level: "medium",
    confidence: 1,
    tags: [],
    licence: "",
    enabled: true,
    ...more,
  };
}

const text = (lines: string): FetchResult => ({
  outcome: "new",
  bytes: new TextEncoder().encode(lines),
  etag: '"v1"',
  lastModified: undefined,
});
const failed = (reason: string, partial?: { bytes: string; version: string }): FetchResult => ({
  outcome: "failed",
  reason,
  partial: partial && { bytes: new TextEncoder().encode(partial.bytes), version: partial.version },
});

/** A shelf in a folder of its own, and updates in which each feed answers as told. */
async function withShelf(
  story: (
    shelf: Shelf,
    update: (
      now: number,
      answers: Record<string, FetchResult>,
      more?: Partial<UpdateOptions>,
    ) => Promise<{ updates: FeedUpdate[]; asked: Record<string, FetchRequest> }>,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const shelf = openShelf(folder);
    await story(shelf, async (now, answers, more = {}) => {
      const asked: Record<string, FetchRequest> = {};
      const updates = await updateFeeds({
        feeds: Object.keys(answers).map((name) => feed(name)),
        shelf,
        now,
        period: DAY,
        also: "nothing",
        agent: "test",
        certificates: [],
        thread: {
          fetch(feed, request) {
            asked[feed.name] = request;
            const result = answers[feed.name]!;
            const report = result.outcome === "new"
              ? tryOut({ feed, file: feed.name, bytes: result.bytes, fetched: now })
              : undefined;
            return Promise.resolve({ result, report });
          },
        },
        ...more,
      });
      return { updates, asked };
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const outcomes = (updates: readonly FeedUpdate[]): string[] => updates.map(({ name, outcome }) => `${name} ${outcome}`);

Deno.test("a feed is kept with the signature of what was accepted, asked for once a day, and then only if it changed", async () => {
  await withShelf(async (shelf, update) => {
    const first = await update(T, { a: text("45.9.148.3\nnonsense\n") });
    assert.deepEqual(outcomes(first.updates), ["a new"]);
    const state = shelf.states()["a"]!;
    assert.deepEqual([state.accepted, state.bad, state.examples], [1, 1, [{
      line: 2,
      why: "nonsense: it is no domain",
    }]]);
    assert.equal(state.sha256, signature("45.9.148.3\nnonsense\n"));
    assert.equal(new TextDecoder().decode(shelf.feed("a", state.sha256!)), "45.9.148.3\nnonsense\n");

    const soon = await update(T + DAY - 1, { a: text("x") });
    assert.deepEqual([outcomes(soon.updates), soon.asked], [["a not due"], {}]);

    const later = await update(T + DAY, { a: { outcome: "unchanged" } });
    assert.deepEqual(outcomes(later.updates), ["a unchanged"]);
    assert.equal(later.asked["a"]!.etag, '"v1"');
    assert.equal(shelf.states()["a"]!.checked, T + DAY);
    assert.equal(shelf.states()["a"]!.fetched, T);
  });
});

Deno.test("a feed that fails keeps what it had, and is left alone for longer each time", async () => {
  await withShelf(async (shelf, update) => {
    await update(T, { a: text("45.9.148.3") });
    const times: number[] = [];
    let now = T + DAY;
    for (let i = 0; i < 10; i++) {
      const { updates } = await update(now, { a: failed("the server answers 500") });
      assert.deepEqual(outcomes(updates), ["a failed"]);
      const { notBefore, sha256, failures } = shelf.states()["a"]!;
      assert.equal(failures, i + 1);
      assert.notEqual(shelf.feed("a", sha256!), undefined);
      times.push(notBefore! - now);
      assert.deepEqual(outcomes((await update(notBefore! - 1, { a: text("x") })).updates), ["a not due"]);
      now = notBefore!;
    }
    assert.deepEqual(times, [600, 1200, 2400, 4800, 9600, 19_200, 38_400, 76_800, DAY, DAY]);
    // A person who asks is not told to wait; and all is forgotten when it goes well.
    const again = await update(now - 1, { a: text("45.9.148.4") }, { also: "failed" });
    assert.deepEqual(outcomes(again.updates), ["a new"]);
    assert.equal(shelf.states()["a"]!.failures, 0);
  });
});

Deno.test("what holds no indicator is no feed: a page that says it moved does not empty the list", async () => {
  await withShelf(async (shelf, update) => {
    await update(T, { a: text("45.9.148.3") });
    const { updates } = await update(T + DAY, { a: text("<html>\nmoved\n</html>") });
    assert.deepEqual(updates.map(({ outcome, reason }) => [outcome, reason]), [[
      "failed",
      "what came holds no indicator",
    ]]);
    assert.equal(new TextDecoder().decode(shelf.feed("a", shelf.states()["a"]!.sha256!)), "45.9.148.3");
  });
});

Deno.test("the beginning of a transfer is kept for the next try, and goes when the rest has come", async () => {
  await withShelf(async (shelf, update) => {
    await update(T, { a: failed("the connection broke off", { bytes: "45.9.1", version: '"v7"' }) });
    const { asked } = await update(T + DAY, { a: text("45.9.148.3") });
    assert.equal(new TextDecoder().decode(asked["a"]!.partial!.bytes), "45.9.1");
    assert.equal(asked["a"]!.partial!.version, '"v7"');
    assert.equal(shelf.part("a"), undefined);
  });
});

Deno.test("what was changed on the disk is not believed, and fetched anew", async () => {
  await withShelf(async (shelf, update) => {
    await update(T, { a: text("45.9.148.3") });
    await Deno.writeTextFile(`${shelf.directory}/feeds/a`, "93.184.216.34");
    assert.equal(shelf.feed("a", shelf.states()["a"]!.sha256!), undefined);
    const { asked } = await update(T + DAY, { a: text("45.9.148.3") });
    assert.equal(asked["a"]!.etag, undefined);
  });
});

Deno.test("a feed at another address is another feed; one that is no longer listed is forgotten", async () => {
  await withShelf(async (shelf, update) => {
    await update(T, { a: text("45.9.148.3"), b: text("45.9.148.4") });
    const moved = { ...feed("a"), url: "https://elsewhere.example/a" };
    const { asked } = await update(T + 1, { a: text("45.9.148.3") }, { feeds: [moved] });
    assert.deepEqual(asked["a"], { url: "https://elsewhere.example/a", partial: undefined });
    assert.deepEqual(Object.keys(shelf.states()), ["a"]);
  });
});

Deno.test("several feeds: one that fails does not keep the others, and all are answered in their order", async () => {
  await withShelf(async (_, update) => {
    const answers = Object.fromEntries(
      ["a", "b", "c", "d", "e", "f"].map((name) => [name, name === "c" ? failed("gone") : text("45.9.148.3")]),
    );
    const { updates } = await update(T, answers);
    assert.deepEqual(outcomes(updates), ["a new", "b new", "c failed", "d new", "e new", "f new"]);
  });
});
