// What users give a program by mistake: one clear sentence and exit code 2, with everything before the damage analysed;
// never a stack trace.

import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fromClient, fromServer } from "./craft/craft.ts";
import { office, packetEnds } from "./small-office.ts";
import { type Outcome, smartshield } from "./program.ts";

const EXIT_BAD_INPUT = 2;
/** Command lines that run at once. */
const AT_ONCE = 3;

/** Does the work for every item, a few at a time. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const workers = await Promise.allSettled(Array.from({ length: AT_ONCE }, async () => {
    for (const item of waiting) await work(item);
  }));
  for (const { reason } of workers.filter((worker) => worker.status === "rejected")) throw reason;
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertOneSentence({ code, err }: Outcome, about: string): void {
  assert.equal(code, EXIT_BAD_INPUT, `${about}: ${err}`);
  assert.match(err, /^[^\n]+\n$/, about);
  assert.doesNotMatch(err, /\bat file:|\bat async\b|Error:|Uncaught|\[object|undefined|NaN/, about);
}

Deno.test("whoever names something that is no capture is told what it is instead", async () => {
  await inFolder(async (folder) => {
    const file = async (name: string, content: Uint8Array | string): Promise<string> => {
      const path = join(folder, name);
      await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
      return path;
    };
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13);
    const whole = gzipSync(office().pcap());
    const cases: readonly (readonly [input: string, sentence: RegExp])[] = [
      [join(folder, "missing.pcap"), /missing\.pcap cannot be read: it does not exist/],
      [await file("empty.pcap", ""), /empty\.pcap is empty/],
      [folder, /holds no packet capture\.$/m],
      [
        await file("notes.txt", "Dear all,\nthe capture is attached.\n"),
        /notes\.txt cannot be analysed: it is text, but no log of Zeek, Suricata, Argus or nfdump/,
      ],
      [await file("logo.png", png), /logo\.png cannot be analysed: it begins with the bytes 89 50 4e 47/],
      [await file("two.bytes", "ab"), /two\.bytes cannot be analysed: it is text, but no log/],
      [
        await file("text.gz", gzipSync("only text\n")),
        /text\.gz cannot be analysed: it is text, but no log of Zeek, Suricata, Argus or nfdump/,
      ],
      [await file("start.gz", whole.subarray(0, 30)), /start\.gz/],
    ];
    await forEach(cases, async ([input, sentence]) => {
      const result = await smartshield("--pcap", input, "--out", join(folder, `out-${input.split("/").pop()}`));
      assertOneSentence(result, input);
      assert.match(result.err, sentence);
    });
  });
});

Deno.test("a compressed capture is analysed like any other, and one that is cut up to the cut", async () => {
  await inFolder(async (folder) => {
    // Noise does not compress, so that half of the file is about half of the packets.
    const net = office();
    const pc = net.host("office-pc", "192.168.1.23"), web = net.host("www.example.com", "93.184.216.34");
    net.tcp(pc, web, 8_080, { steps: [fromClient(50_000), fromServer(50_000)] });
    const packets = [...net.packets()].length, packed = gzipSync(net.pcap());
    const whole = join(folder, "whole.pcap.gz"), cut = join(folder, "cut.pcap.gz");
    await Deno.writeFile(whole, packed);
    await Deno.writeFile(cut, packed.subarray(0, packed.length >> 1));

    const fine = await smartshield("--quiet", "--pcap", whole, "--out", join(folder, "whole"));
    assert.deepEqual([fine.code, fine.err], [0, ""]);
    assert.equal(packetsAnalysed(join(folder, "whole")), packets);

    const broken = await smartshield("--quiet", "--pcap", cut, "--out", join(folder, "cut"));
    assertOneSentence(broken, "a gzip file cut in the middle");
    assert.match(
      broken.err,
      /cut\.pcap\.gz is cut off inside its gzip data at byte [\d,]+: the packets before it were/,
    );
    const some = packetsAnalysed(join(folder, "cut"));
    assert.ok(some > packets / 4 && some < packets, `${some} of ${packets}`);
  });
});

function packetsAnalysed(output: string): number {
  return JSON.parse(Deno.readTextFileSync(join(output, "summary.json"))).traffic.packets;
}

Deno.test("a wrong command line or configuration is refused before anything is written", async () => {
  await inFolder(async (folder) => {
    const capture = join(folder, "office.pcap"), out = join(folder, "out");
    await Deno.writeFile(capture, office().pcap());
    const config = join(folder, "wrong.yaml"), noYaml = join(folder, "no.yaml");
    await Deno.writeTextFile(config, "detection:\n  evidence_detection_treshold: 0.3\n");
    await Deno.writeTextFile(noYaml, "detection: [1, 2\n");
    const cases: readonly (readonly [args: string[], sentence: RegExp])[] = [
      [[], /--read PATH/],
      [["--bogus"], /unknown option '--bogus'/],
      [["--pcap"], /--pcap <file>' argument missing/],
      [["--pcap", capture, "--read", capture], /--read and --pcap/],
      [["--pcap", capture, "--workers", "none"], /--workers is none but must be a whole number from 1 to 64/],
      [["--pcap", capture, "--workers", "0"], /--workers is 0 but must be/],
      [["--pcap", capture, "--zeek-logs", "--zeek-format", "xml"], /xml/],
      [
        ["--pcap", capture, "--config", config],
        /wrong\.yaml:2: .*evidence_detection_treshold.*evidence_detection_threshold/,
      ],
      [["--pcap", capture, "--config", noYaml], /no\.yaml:/],
      [
        ["--pcap", capture, "--config", join(folder, "missing.yaml")],
        /missing\.yaml cannot be read: it does not exist/,
      ],
      [["config", "--config", folder], /is a directory/],
    ];
    await forEach(cases, async ([args, sentence]) => {
      const result = await smartshield(...(args[0] === "config" ? [] : ["--out", out]), ...args);
      assertOneSentence(result, args.join(" "));
      assert.match(result.err, sentence);
      assert.equal(result.out, "");
    });
    assert.throws(() => Deno.statSync(out), Deno.errors.NotFound);
  });
});

Deno.test("an output directory that is somebody else's or cannot be written is refused and left alone", async () => {
  await inFolder(async (folder) => {
    const capture = join(folder, "office.pcap"), theirs = join(folder, "theirs");
    await Deno.writeFile(capture, office().pcap());
    await Deno.mkdir(theirs);
    await Deno.writeTextFile(join(theirs, "thesis.tex"), "three years of work");
    // A file and the kernel's own file system hold no directories, not even for root.
    for (const out of [theirs, join(capture, "out"), capture, "/proc/smartshield"]) {
      const result = await smartshield("--pcap", capture, "--out", out);
      assertOneSentence(result, out);
      assert.ok(result.err.includes(out), result.err);
    }
    assert.deepEqual((await Array.fromAsync(Deno.readDir(theirs))).map(({ name }) => name), ["thesis.tex"]);
  });
});

Deno.test("a capture cut at any of twenty places: all whole packets are analysed, and the sentence says where", async () => {
  await inFolder(async (folder) => {
    const file = office().pcap(), ends = packetEnds(file);
    const cuts = Array.from({ length: 20 }, (_, i) => 5 + Math.floor(((file.length - 6) * i) / 19));
    await forEach(cuts, async (cut) => {
      const capture = join(folder, `cut-${cut}.pcap`), out = join(folder, `out-${cut}`);
      await Deno.writeFile(capture, file.subarray(0, cut));
      const whole = ends.filter((end) => end <= cut).length;
      const result = await smartshield("--quiet", "--pcap", capture, "--out", out);
      assert.equal(packetsAnalysed(out), whole);
      const atEnd = cut === 24 || ends.includes(cut);
      if (atEnd) return assert.deepEqual([result.code, result.err], [0, ""]);
      assertOneSentence(result, `cut at ${cut}`);
      const inside = cut < 24 ? "the file header" : `packet ${whole + 1}`;
      assert.ok(result.err.includes(`cut off inside ${inside} at byte ${cut.toLocaleString("en-GB")}`), result.err);
    });
  });
});
