// Whose a directory is, and the state directory that root does not take from others.

import assert from "node:assert/strict";
import { join } from "node:path";
import { ownedByOthers } from "../../agent/owner.ts";
import { makeStateDirectory } from "../../agent/state-directory.ts";

const NOBODY = 65_534;

Deno.test({
  name: "root keeps its state in no directory of another user's; that user may",
  ignore: Deno.uid() !== 0,
  fn() {
    const directory = Deno.makeTempDirSync();
    try {
      const state = join(directory, "state");
      makeStateDirectory(state);
      assert.equal(Deno.statSync(state).mode! & 0o777, 0o700);
      Deno.chownSync(state, NOBODY, NOBODY);
      assert.throws(() => makeStateDirectory(state), {
        name: "InputError",
        message: `The state directory ${state} belongs to user 65534, who could lead astray what root writes there; ` +
          "give it to root, or set state.directory in the configuration.",
      });
      assert.equal(ownedByOthers(state, NOBODY), undefined);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  },
});
