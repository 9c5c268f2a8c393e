// Speaking to a running agent: the owner alone, one line for a request, one for an answer, whatever is sent.

import assert from "node:assert/strict";
import { join } from "node:path";
import { askAgent } from "../../../agent/control/client.ts";
import { controlSocket } from "../../../agent/control/messages.ts";
import { type ControlServer, serveControl, type Topic } from "../../../agent/control/server.ts";
import { openControl } from "../../../agent/control/open.ts";

const ECHO: Record<string, Topic> = {
  echo: (command, words) => Promise.resolve({ command, words }),
  fails: () => Promise.reject(new Error("That is not possible.")),
};

async function running(story: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  const server: ControlServer = await serveControl(directory, ECHO, () => {});
  try {
    await story(directory);
  } finally {
    server.close();
    await Deno.remove(directory, { recursive: true });
  }
}

/** Sends raw text and reads what comes back until the other end closes, or a line has come. */
async function raw(directory: string, text: string): Promise<string> {
  const connection = await Deno.connect({ transport: "unix", path: controlSocket(directory) });
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
  const buffer = new Uint8Array(65_536);
  const length = await connection.read(buffer);
  connection.close();
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0));
}

Deno.test("a request is answered; what fails is told in its own words", () =>
  running(async (directory) => {
    assert.deepEqual(await askAgent(directory, { topic: "echo", command: "say", words: ["a", "ü\n"] }), {
      command: "say",
      words: ["a", "ü\n"],
    });
    await assert.rejects(askAgent(directory, { topic: "fails", command: "x", words: [] }), {
      name: "InputError",
      message: "That is not possible.",
    });
    await assert.rejects(
      askAgent(directory, { topic: "constructor", command: "x", words: [] }),
      /This agent has nothing to say about constructor/,
    );
  }));

Deno.test("only the owner can open the socket, and it is gone when the agent ends", async () => {
  let where = "";
  await running(async (directory) => {
    where = controlSocket(directory);
    assert.equal((await Deno.stat(where)).mode! & 0o777, 0o600);
    // The mask of everything else is as it was.
    await Deno.writeTextFile(join(directory, "other"), "", { mode: 0o644 });
    assert.equal((await Deno.stat(join(directory, "other"))).mode! & 0o777, 0o644);
  });
  await assert.rejects(Deno.stat(where), Deno.errors.NotFound);
});

Deno.test("rubbish, requests of another form and endless lines are answered with a sentence and harm nobody", () =>
  running(async (directory) => {
    assert.equal(await raw(directory, "rubbish\n"), '{"problem":"This is not JSON."}\n');
    assert.equal(await raw(directory, "null\n"), '{"problem":"A request needs a topic and a command."}\n');
    assert.match(await raw(directory, '{"topic":"echo","command":"x","words":[1]}\n'), /list of words/);
    assert.match(await raw(directory, "x".repeat(200_000)), /too long/);
    assert.ok(await askAgent(directory, { topic: "echo", command: "x", words: [] }));
  }));

Deno.test("of two agents with one state directory the second says what to do; one that was killed leaves no trouble", async () => {
  await running(async (directory) => {
    await assert.rejects(serveControl(directory, {}, () => {}), /Another agent is running .* its own state\.directory/);
    const notes: string[] = [];
    const note = (sentence: string): number => notes.push(sentence);
    assert.equal(await openControl(() => directory, {}, { needed: false, note }), undefined);
    assert.equal(notes.length, 1);
    await assert.rejects(openControl(() => directory, {}, { needed: true, note }), /Another agent/);
  });
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(controlSocket(directory), "left behind");
  const server = await serveControl(directory, ECHO, () => {});
  assert.ok(await askAgent(directory, { topic: "echo", command: "x", words: [] }));
  server.close();
  await Deno.remove(directory, { recursive: true });
});

Deno.test("without an agent the sentence says how to start one", async () => {
  const directory = await Deno.makeTempDir();
  await assert.rejects(
    askAgent(directory, { topic: "echo", command: "x", words: [] }),
    /No agent is running .*--interface/,
  );
  await Deno.remove(directory);
});
