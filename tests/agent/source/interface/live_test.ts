// Live capture on a real kernel: what is sent on one end of a cable is received, whole and once, on the other.

import assert from "node:assert/strict";
import { LibraryMissing } from "../../../../ffi/library-paths.ts";
import { openLibc } from "../../../../ffi/libc.ts";
import { openLibpcap } from "../../../../ffi/libpcap.ts";
import type { CaptureCounts, FromCapture } from "../../../../agent/source/interface/messages.ts";
import { localPicture, type SystemPicture } from "../../../../agent/source/interface/system.ts";
import { liveTest } from "./live/namespace.ts";
import type { KilledResult, ProgramResult } from "./live/whole-program.ts";

interface Story {
  sent: number;
  counts: CaptureCounts;
  intake: { packets: number; damaged: number };
  milliseconds: number;
  timesAreNow: boolean;
  live: string[];
  file: string[];
}

function sameAsFromFile({ sent, counts, intake, live, file, timesAreNow, milliseconds }: Story): void {
  assert.ok(sent > 400);
  assert.deepEqual(counts, { packets: sent, drops: 0 });
  assert.equal(intake.packets, sent);
  assert.equal(intake.damaged, 0);
  assert.ok(file.length > 40);
  assert.deepEqual(live, file);
  assert.ok(timesAreNow);
  assert.ok(milliseconds < 5000, "an orderly end takes less than five seconds");
}

liveTest<Story>("live packets give the records of the same packets in a file", "story", sameAsFromFile);
liveTest<Story>("VLAN tags that the kernel took out are put back", "vlans", (story) => {
  sameAsFromFile(story);
  assert.ok(story.live.some((record) => record.includes('"vlan":10')));
});
liveTest<Story>("a provider's tag before a customer's is put back with its own type", "provider", (story) => {
  sameAsFromFile(story);
  assert.ok(story.live.some((record) => record.includes('"vlan":100') && record.includes('"inner_vlan":7')));
});

liveTest<{ packets: number }>("a packet on the loopback interface is seen once", "loopback", ({ packets }) => {
  assert.equal(packets, 10);
});

liveTest<{ states: string[]; counts: CaptureCounts }>(
  "an interface that vanishes or is switched off is waited for and taken up again",
  "vanishing",
  ({ states, counts }) => {
    assert.deepEqual(states, ["receiving", "gone", "receiving", "down", "receiving"]);
    assert.deepEqual(counts, { packets: 3, drops: 0 });
  },
);

liveTest<{ sent: number; received: number; counts: CaptureCounts[] }>(
  "two receptions share the flows of an interface, and nothing is lost or seen twice",
  "fanout",
  ({ sent, received, counts }) => {
    assert.equal(received, sent);
    assert.equal(counts.length, 2);
    assert.equal(counts[0]!.packets + counts[1]!.packets, sent);
    for (const { packets } of counts) assert.ok(packets > sent / 10);
  },
);

liveTest<{ linkTypes: Record<string, number>; afterClose: number[]; live: string[]; file: string[] }>(
  "packets without a link header give the same records but for Ethernet addresses",
  "cooked",
  ({ linkTypes, afterClose, live, file }) => {
    assert.deepEqual(afterClose, [0, 0], "a closed ring gives nothing, and closes nothing of anybody else's");
    assert.deepEqual(Object.keys(linkTypes), ["113"]);
    assert.ok(file.length > 40);
    assert.deepEqual(live, file);
  },
);

liveTest<{ before: SystemPicture; after: SystemPicture }>(
  "our own address, network and gateway are learnt when they come",
  "system",
  ({ before, after }) => {
    assert.deepEqual(before.interfaces.map(({ name }) => name).sort(), ["lo", "va", "vb"]);
    assert.deepEqual(localPicture(before, ["vb"]), { own: [], networks: [], gateway: undefined });
    assert.deepEqual(localPicture(after, ["vb"]), {
      own: ["192.168.7.2"],
      networks: ["192.168.7.0/24"],
      gateway: { interface: "vb", ip: "192.168.7.1", mac: "02:00:00:00:00:01" },
    });
    assert.equal(localPicture(after, ["va"]).gateway, undefined);
  },
);

liveTest<{ clocks: number[]; lags: number[] }>(
  "time goes on while the wire is silent, a second behind the clock",
  "silence",
  ({ clocks, lags }) => {
    assert.ok(clocks[0]! < clocks[1]!);
    for (const lag of lags) assert.ok(lag >= 1 && lag < 2.5, `${lag}`);
  },
);

/** Filters and pseudo-interfaces are libpcap's. */
function hasLibpcap(): boolean {
  try {
    openLibpcap(openLibc()).unload();
    return true;
  } catch (error) {
    if (!(error instanceof LibraryMissing)) throw error;
    console.warn("Filters of live packets are not tested: libpcap is not installed (package libpcap0.8).");
    return false;
  }
}

if (Deno.build.os === "linux" && hasLibpcap()) {
  liveTest<{ sent: number; counts: number[]; problem: string }>(
    "a filter can be exchanged while packets come in; a wrong one changes nothing",
    "filters",
    ({ sent, counts, problem }) => {
      const [dns, icmpOrArp, afterWrong, vlan, all] = counts;
      assert.equal(dns, 42, "21 questions and their answers");
      assert.equal(icmpOrArp, 7, "a question by ARP, three pings and their answers");
      assert.equal(afterWrong, icmpOrArp);
      assert.match(problem, /The filter "porrt 53" cannot be used: /);
      assert.equal(vlan, 0);
      assert.equal(all, sent);
    },
  );

  liveTest<{ sent: number; received: number; counts: CaptureCounts }>(
    "the pseudo-interface any is libpcap's: it sees both ends of the cable",
    "any",
    ({ sent, received, counts }) => {
      assert.equal(received, 2 * sent);
      assert.equal(counts.drops, 0);
    },
  );

  liveTest<{ said: FromCapture[][] }>(
    "what cannot be captured is refused with a word on what helps",
    "refusals",
    ({ said }) => {
      assert.deepEqual(said.map((messages) => messages.map((one) => one.say === "refused" ? one.sentence : one.say)), [
        ["There is no interface eth77; there are lo, vb, va."],
        [
          'The filter "tcp porrt 5" cannot be used: can\'t parse filter expression: syntax error.',
        ],
      ]);
    },
  );
}

function sawTheIntrusion({ sent, code, said, milliseconds, summary }: ProgramResult): void {
  assert.equal(said, "");
  assert.equal(code, 0);
  assert.equal(summary.input.kind, "live capture");
  assert.equal(summary.traffic.packets, sent);
  assert.deepEqual(summary.drops.by_cause, {});
  // 50 pages, 120 ports, 120 hosts, and one look-up.
  assert.equal(summary.records.by_kind["conn"], 291);
  assert.equal(summary.records.by_kind["http"], 50);
  assert.ok(summary.evidence.by_type["vertical_port_scan"]! > 0);
  assert.ok(summary.evidence.by_type["horizontal_port_scan"]! > 0);
  assert.ok(milliseconds < 5000, "Ctrl+C ends it within five seconds");
}

liveTest<ProgramResult>(
  "the program needs no right but CAP_NET_RAW to watch an interface and see a scan",
  "program",
  sawTheIntrusion,
);
liveTest<ProgramResult>(
  "three dissectors that share an interface see what one sees",
  "programWithShares",
  sawTheIntrusion,
);

function sawThePasswords({ code, milliseconds, summary }: ProgramResult): void {
  assert.equal(code, 0);
  // On both sides: who sent it, and who got it.
  assert.equal(summary.evidence.by_type["sensitive_data_leaked"], 40);
  assert.equal(summary.drops.by_cause["leak_pieces_not_scanned"], undefined);
  assert.ok(milliseconds < 5000, `ended after ${milliseconds} ms`);
}

liveTest<ProgramResult>("passwords on the cable are found by two dissectors", "programWithRules", (result) => {
  assert.equal(result.said, "");
  sawThePasswords(result);
});
liveTest<ProgramResult>(
  "passwords are found, and Ctrl+C ends the run, also when a leak rule never comes back",
  "programWithEndlessRule",
  (result) => {
    assert.match(
      result.said,
      /^Looking for leaks with your YARA rules own\.yar took more than 1 s; they are not used .*\n$/,
    );
    sawThePasswords(result);
  },
);

function wentOn({ ports, runs, before, alerts, said, takenUp }: KilledResult): void {
  assert.deepEqual(ports, Array.from({ length: 179 }, (_, at) => at + 1));
  assert.equal(runs, 1);
  assert.match(said, /^The run of .* goes on, interrupted for \d+ s: 1 host, judged again by 89 records/m);
  assert.equal(takenUp?.records, 89);
  assert.deepEqual(alerts.slice(0, before.length), before);
  assert.equal(new Set(alerts).size, alerts.length);
  // Ports of both halves make up one scan.
  assert.ok(before.some((line) => line.includes("vertical port scan")));
  assert.ok(alerts.some((line) => line.includes("It tried 100 tcp ports")));
}

liveTest<KilledResult>(
  "killed in the middle of a scan and started again, the program goes on with it: nothing is missing, nothing there twice",
  "killed",
  wentOn,
);
liveTest<KilledResult>(
  "a sensor that is killed in the middle of a scan and started again goes on as well",
  "killedSensor",
  wentOn,
);
