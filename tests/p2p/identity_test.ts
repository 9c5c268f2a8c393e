// The key: made once, for the owner alone, and never replaced behind the user's back.

import assert from "node:assert/strict";
import { join } from "node:path";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { InputError } from "../../agent/errors.ts";
import { ownKey } from "../../p2p/identity.ts";

async function inDirectory(story: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await story(join(directory, "peer.key"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const idOf = async (path: string): Promise<string> => peerIdFromPrivateKey(await ownKey(path)).toString();

Deno.test("the same file is the same peer, and only its owner may read it", () =>
  inDirectory(async (path) => {
    const id = await idOf(path);
    assert.match(id, /^12D3KooW/);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.equal(await idOf(path), id);
  }));

Deno.test("a key that others may read, a damaged one and a link are refused with a sentence, and kept", () =>
  inDirectory(async (path) => {
    await idOf(path);
    await Deno.chmod(path, 0o644);
    await assert.rejects(ownKey(path), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /can be read or written by others \(mode 644\).* chmod 600 /);
      return true;
    });
    await Deno.chmod(path, 0o600);
    await Deno.rename(path, `${path}.real`);
    await Deno.symlink(`${path}.real`, path);
    await assert.rejects(ownKey(path), /is not a plain file/);
    await Deno.remove(path);
    await Deno.writeTextFile(path, "nonsense", { mode: 0o600 });
    await assert.rejects(ownKey(path), /is damaged; move it away/);
    assert.equal(await Deno.readTextFile(path), "nonsense");
  }));
