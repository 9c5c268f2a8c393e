// All intelligence at hand: the table is made once, used as long as nothing changes, and made anew when it cannot be used.

import assert from "node:assert/strict";
import { join } from "node:path";
import { InputError } from "../../../agent/errors.ts";
import { type LibrarySettings, loadTable, openLibrary } from "../../../agent/intel/library.ts";
import { compile } from "../../../agent/intel/compile.ts";
import { openShelf, type Shelf, signature } from "../../../agent/intel/update/shelf.ts";
import type { FeedsThread } from "../../../agent/intel/update/thread.ts";

const SETTINGS: LibrarySettings = { feeds: "", folder: "", disabled_feeds: [] };
const FEEDS = "feeds:\n  - { name: one, url: https://x.example/one, format: list, level: high, licence: x }\n";

interface Place {
  folder: string;
  shelf: Shelf;
  settings: LibrarySettings;
  /** Loads the table; what was said, and how often it was made in the feeds' thread. */
  load(): Promise<{ found(ip: string): string[]; said: string[]; made: number }>;
  /** Puts the text of the feed `one` on the shelf, as if fetched. */
  put(text: string): void;
}

async function inPlace(story: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "feeds.yaml"), FEEDS);
    await Deno.mkdir(join(folder, "lists"));
    const shelf = openShelf(join(folder, "state"));
    const settings = { feeds: join(folder, "feeds.yaml"), folder: join(folder, "lists"), disabled_feeds: [] };
    await story({
      folder,
      shelf,
      settings,
      async load() {
        const said: string[] = [];
        let made = 0;
        const thread = (): FeedsThread => ({
          compile(sources, ignored, madeFrom) {
            made++;
            return Promise.resolve(compile(sources, ignored, madeFrom));
          },
          fetch: () => Promise.reject(new Error("nobody fetches here")),
          read: () => Promise.reject(new Error("nothing is shared")),
          stop() {},
        });
        const { open } = await loadTable(
          openLibrary(settings, shelf),
          shelf,
          thread,
          (sentence) => said.push(sentence),
        );
        return { found: (ip) => [...open.address(ip)?.feeds ?? []], said, made };
      },
      put(text) {
        const bytes = new TextEncoder().encode(text);
        shelf.writeFeed("one", bytes);
        const state = { url: "https://x.example/one", checked: 1, fetched: 1, sha256: signature(bytes), failures: 0 };
        shelf.writeStates({ one: state });
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("without feeds and without a state directory there is what comes with the program", async () => {
  const { open } = await loadTable(openLibrary(SETTINGS, undefined), undefined, () => {
    throw new Error("no thread is needed");
  }, () => {});
  assert.equal(open.find("ja3", "6734f37431670b3ab4292b8f60f29984")?.description, "TrickBot");
});

Deno.test("the table is made once and then only read; a feed, a file, an indicator of one's own make it anew", async () => {
  await inPlace(async ({ folder, shelf, load, put }) => {
    put("45.9.148.3\n");
    const first = await load();
    assert.deepEqual([first.found("45.9.148.3"), first.said, first.made], [["one"], [], 1]);
    const second = await load();
    assert.deepEqual([second.found("45.9.148.3"), second.said, second.made], [["one"], [], 0]);

    const changed = "Threat intelligence has changed since its table was made; the table is made anew.";
    await Deno.writeTextFile(join(folder, "lists", "mine.txt"), "45.9.148.3\n45.9.148.4\n");
    const third = await load();
    assert.deepEqual([third.found("45.9.148.3"), third.said, third.made], [["mine.txt", "one"], [changed], 1]);
    shelf.writeOwn("45.9.148.5,ip,critical,seen\n");
    assert.deepEqual((await load()).found("45.9.148.5"), ["own"]);
    shelf.writeIgnored("ip 45.9.148.4\n");
    assert.deepEqual((await load()).found("45.9.148.4"), []);
    put("45.9.148.9\n");
    const last = await load();
    assert.deepEqual([last.found("45.9.148.3"), last.found("45.9.148.9")], [["mine.txt"], ["one"]]);
    assert.equal((await load()).made, 0);
  });
});

Deno.test("a damaged table costs one sentence", async () => {
  await inPlace(async ({ shelf, load, put }) => {
    put("45.9.148.3\n");
    await load();
    const file = join(shelf.directory, "table");
    const bytes = await Deno.readFile(file);
    bytes[bytes.length - 5]! ^= 1;
    await Deno.writeFile(file, bytes);
    const damaged = await load();
    assert.deepEqual(damaged.said, [
      `The table of threat intelligence in ${shelf.directory} cannot be used, it is damaged; it is made anew.`,
    ]);
    assert.deepEqual(damaged.found("45.9.148.3"), ["one"]);
    await Deno.writeFile(file, bytes.subarray(0, 10));
    assert.match((await load()).said[0]!, /it is cut off/);
    assert.deepEqual((await load()).said, []);
  });
});

Deno.test("a feed whose text was changed on the disk is told and not used", async () => {
  await inPlace(async ({ shelf, load, put }) => {
    put("45.9.148.3\n");
    await Deno.writeTextFile(join(shelf.directory, "feeds", "one"), "93.184.216.34\n");
    const { found, said } = await load();
    assert.deepEqual([found("93.184.216.34"), found("45.9.148.3")], [[], []]);
    assert.deepEqual(said, ["one cannot be read any more, or was changed; it is not used."]);
  });
});

Deno.test("what the configuration names and is not there is said in a sentence", () => {
  const refuses = (settings: Partial<LibrarySettings>): string => {
    try {
      openLibrary({ ...SETTINGS, ...settings }, undefined).sources(() => {});
    } catch (error) {
      assert(error instanceof InputError, String(error));
      return error.message;
    }
    return "";
  };
  assert.equal(
    refuses({ feeds: "/nowhere/feeds.yaml" }),
    "The list of feeds /nowhere/feeds.yaml (intel.feeds) cannot be read: it does not exist.",
  );
  assert.equal(
    refuses({ folder: "/nowhere" }),
    "The folder /nowhere (intel.folder) cannot be read: it does not exist.",
  );
  assert.equal(
    refuses({ disabled_feeds: ["feodo"] }),
    "There is no feed feodo (intel.disabled_feeds); smartshield intel list names all.",
  );
});
