import assert from "node:assert/strict";
import { join } from "node:path";
import { linesFrom } from "../../../agent/export/append.ts";
import { openOutput, RUN_LOG_MARKER } from "../../../agent/export/output-directory.ts";

/** Runs a story in a directory of its own, which is gone afterwards. */
function inside(story: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    story(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** A run that writes two files. */
function run(directory: string, force = false): string[] {
  const output = openOutput(directory, { force });
  const alerts = output.lines("alerts/alerts.log");
  const conn = output.lines("zeek/conn.log");
  alerts.line("an alert");
  conn.line("a connection");
  for (const file of [alerts, conn, output.runLog]) file.close();
  return output.files();
}

function everything(directory: string, prefix = ""): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? everything(join(directory, name), `${prefix}${name}/`) : [prefix + name]
  ).sort();
}

Deno.test("a missing directory is made, with its parents, for the owner and the group only", () => {
  inside((directory) => {
    const out = join(directory, "a", "b");
    assert.deepEqual(run(out), ["run.log", "alerts/alerts.log", "zeek/conn.log"]);
    assert.deepEqual(everything(out), ["alerts/alerts.log", "run.log", "zeek/conn.log"]);
    assert.equal(Deno.readTextFileSync(join(out, "run.log")), RUN_LOG_MARKER + "\n");
    assert.equal(Deno.readTextFileSync(join(out, "zeek/conn.log")), "a connection\n");
    if (Deno.build.os !== "windows") {
      assert.equal((Deno.statSync(out).mode! & 0o777) & ~0o750, 0);
      assert.equal((Deno.statSync(join(out, "zeek/conn.log")).mode! & 0o777) & ~0o640, 0);
    }
  });
});

Deno.test("an empty directory is taken", () => {
  inside((directory) => assert.equal(run(directory).length, 3));
});

Deno.test("a second run replaces what the first one left, and nothing else", () => {
  inside((directory) => {
    run(directory);
    Deno.writeTextFileSync(join(directory, "zeek/dns.log"), "old");
    Deno.writeTextFileSync(join(directory, "alerts/notes.txt"), "mine");
    Deno.writeTextFileSync(join(directory, "summary.json"), "{}");
    openOutput(directory, { force: false }).runLog.close();
    assert.deepEqual(everything(directory), ["alerts/notes.txt", "run.log"]);
    assert.throws(() => Deno.statSync(join(directory, "zeek")), Deno.errors.NotFound);
  });
});

Deno.test("a run that was cut short left its mark, so its directory is ours", () => {
  inside((directory) => {
    const output = openOutput(directory, { force: false });
    // The process ends here: nothing was flushed or closed.
    assert.equal(run(directory).length, 3);
    output.runLog.close();
  });
});

Deno.test("somebody else's directory is refused with one sentence and left as it was", () => {
  inside((directory) => {
    Deno.writeTextFileSync(join(directory, "thesis.tex"), "mine");
    Deno.writeTextFileSync(join(directory, "run.log"), "mine too");
    assert.throws(() => run(directory), {
      name: "InputError",
      message:
        `The output directory ${directory} holds files that are not smartshield's; choose another one, or add --force to write beside them.`,
    });
    assert.deepEqual(everything(directory), ["run.log", "thesis.tex"]);
    assert.equal(Deno.readTextFileSync(join(directory, "run.log")), "mine too");
  });
});

Deno.test("with --force only files of our names are replaced", () => {
  inside((directory) => {
    Deno.writeTextFileSync(join(directory, "thesis.tex"), "mine");
    Deno.writeTextFileSync(join(directory, "summary.json"), "mine too");
    run(directory, true);
    assert.deepEqual(everything(directory), ["alerts/alerts.log", "run.log", "thesis.tex", "zeek/conn.log"]);
  });
});

Deno.test("a file in place of the directory is refused with one sentence", () => {
  inside((directory) => {
    const file = join(directory, "out");
    Deno.writeTextFileSync(file, "mine");
    for (const force of [false, true]) {
      assert.throws(() => run(file, force), {
        name: "InputError",
        message: `The output directory ${file} cannot be used: it is a file.`,
      });
    }
  });
});

Deno.test({
  name: "links inside the directory do not lead our writing elsewhere",
  ignore: Deno.build.os === "windows",
  fn() {
    inside((directory) => {
      const out = join(directory, "out");
      const elsewhere = join(directory, "elsewhere");
      Deno.mkdirSync(elsewhere);
      Deno.writeTextFileSync(join(elsewhere, "run.log"), "mine");
      Deno.mkdirSync(out);
      Deno.symlinkSync(join(elsewhere, "run.log"), join(out, "run.log"));
      run(out, true);
      assert.equal(Deno.readTextFileSync(join(elsewhere, "run.log")), "mine");
      Deno.removeSync(join(out, "zeek"), { recursive: true });
      Deno.symlinkSync(elsewhere, join(out, "zeek"));
      assert.throws(() => run(out, true), {
        name: "InputError",
        message: `The output directory ${join(out, "zeek")} cannot be used: it is a link that leads elsewhere.`,
      });
    });
  },
});

Deno.test("a run that goes on writes behind what is there; a line that was cut off is taken away", () => {
  inside((directory) => {
    run(directory);
    Deno.writeTextFileSync(join(directory, "alerts/alerts.log"), "half a li", { append: true });
    // Longer than what is looked at in one go.
    Deno.writeTextFileSync(join(directory, "zeek/conn.log"), `another\n${"x".repeat(200_000)}`, { append: true });
    const output = openOutput(directory, { force: false, goOn: true });
    for (const name of ["alerts/alerts.log", "alerts/alerts.json", "zeek/conn.log"]) {
      const lines = output.lines(name);
      lines.line("new");
      lines.close();
    }
    output.runLog.line("goes on");
    output.runLog.close();
    const read = (name: string): string => Deno.readTextFileSync(join(directory, name));
    assert.equal(read("alerts/alerts.log"), "an alert\nnew\n");
    assert.equal(read("alerts/alerts.json"), "new\n");
    assert.equal(read("zeek/conn.log"), "a connection\nanother\nnew\n");
    assert.equal(read("run.log"), `${RUN_LOG_MARKER}\ngoes on\n`);
  });
});

Deno.test("a run that goes on writes through no link, and begins in a directory that nobody has written to", () => {
  inside((directory) => {
    const [out, elsewhere] = [join(directory, "out"), join(directory, "elsewhere")];
    openOutput(out, { force: false, goOn: true }).runLog.close();
    assert.equal(Deno.readTextFileSync(join(out, "run.log")), `${RUN_LOG_MARKER}\n`);
    Deno.mkdirSync(join(out, "alerts"));
    Deno.writeTextFileSync(elsewhere, "somebody's\n");
    Deno.symlinkSync(elsewhere, join(out, "alerts/alerts.log"));
    const output = openOutput(out, { force: false, goOn: true });
    assert.throws(() => output.lines("alerts/alerts.log"), /Cannot write .*alerts\.log/);
    output.runLog.close();
    assert.equal(Deno.readTextFileSync(elsewhere), "somebody's\n");
  });
});

Deno.test("a directory that is somebody else's is refused to a run that goes on as well", () => {
  inside((directory) => {
    Deno.writeTextFileSync(join(directory, "thesis.tex"), "");
    assert.throws(() => openOutput(directory, { force: false, goOn: true }), /holds files that are not smartshield's/);
  });
});

Deno.test({
  name: "root is told when its results go into a directory of another user's or of everybody's",
  ignore: Deno.uid() !== 0,
  fn() {
    inside((directory) => {
      const danger = (mode: number, user = 0): string | undefined => {
        const out = Deno.makeTempDirSync({ dir: directory });
        Deno.chownSync(out, user, user);
        Deno.chmodSync(out, mode);
        const output = openOutput(out, { force: false });
        output.runLog.close();
        return output.danger?.replace(out, "OUT");
      };
      assert.equal(
        danger(0o755, 65_534),
        "The output directory OUT belongs to user 65534, who could lead astray what root writes there.",
      );
      assert.match(danger(0o777) ?? "", /can be written by everybody/);
      assert.equal(danger(0o1777), undefined);
      assert.equal(danger(0o755), undefined);
    });
  },
});

Deno.test("a log that logrotate copies and cuts down to nothing goes on at its beginning, new or taken up", () => {
  inside((directory) => {
    for (const goOn of [false, true]) {
      const output = openOutput(directory, { force: false, goOn });
      const log = output.lines("alerts/alerts.log");
      const path = join(directory, "alerts/alerts.log");
      for (let i = 0; i < 1000; i++) log.line(`before ${i}`);
      log.flush();
      const { size } = Deno.statSync(path);
      Deno.truncateSync(path, 0);
      log.line("after");
      log.close();
      output.runLog.close();
      assert.equal(Deno.readTextFileSync(path), "after\n");
      assert.equal(linesFrom(path, size), 1, "it is shorter than it was");
    }
  });
});

Deno.test("lines are counted from a place on, in a file of any length", () => {
  inside((directory) => {
    const path = join(directory, "log");
    assert.equal(linesFrom(path, 0), 0);
    const lines = Array.from({ length: 40_000 }, (_, n) => `line ${n}\n`);
    Deno.writeTextFileSync(path, lines.join("") + "half");
    assert.equal(linesFrom(path, 0), 40_000);
    assert.equal(linesFrom(path, lines.slice(0, 30_000).join("").length), 10_000);
  });
});
