import assert from "node:assert/strict";
import type { RecordOf } from "../../../../agent/dissect/analyzer.ts";
import { NTP } from "../../../../agent/dissect/protocol/ntp.ts";
import { concat, type Content, hex, u32, u8 } from "../../../craft/bytes.ts";
import { random } from "../../../craft/random.ts";
import { damaged, listen, START } from "./listen.ts";

const CLIENT = 3, SERVER = 4;
/** Seconds from 1900 to the start of the tests. */
const NOW = START + 2_208_988_800;

function message(
  mode: number,
  over: { stratum?: number; reference?: Content; poll?: number; tail?: Content } = {},
): Uint8Array {
  return concat(
    Uint8Array.of(4 << 3 | mode, over.stratum ?? 0, over.poll ?? 6, 0xe9),
    u32(0x0000_8000),
    u32(0x0002_4000),
    over.reference ?? u32(0),
    u32(NOW - 60),
    u32(0),
    u32(0),
    u32(0),
    u32(NOW),
    u32(0x8000_0000),
    u32(NOW + 1),
    u32(0),
    over.tail ?? "",
  );
}

Deno.test("a client asks and a server answers: each message is a record, its times in Unix seconds", () => {
  const heard = listen(NTP).client(message(CLIENT)).server(
    message(SERVER, { stratum: 2, reference: hex("c0000201") }),
    0.1,
  );
  const [asked, told] = heard.records as RecordOf<"ntp">[];
  assert.equal(asked?.ref_id, "\\x00\\x00\\x00\\x00");
  assert.deepEqual(told, {
    kind: "ntp",
    ts: START + 0.1,
    uid: "CTest1",
    orig_h: "10.0.0.5",
    orig_p: 40_000,
    resp_h: "10.0.0.1",
    resp_p: 123,
    version: 4,
    mode: 4,
    num_exts: 0,
    stratum: 2,
    poll: 64,
    precision: 2 ** -23,
    root_delay: 0.5,
    root_disp: 2.25,
    ref_id: "192.0.2.1",
    ref_time: START - 60,
    org_time: 0,
    rec_time: START + 0.5,
    xmt_time: START + 1,
  });
  assert.deepEqual(heard.services, ["ntp"]);
});

Deno.test("a clock of its own is named by its letters", () => {
  const heard = listen(NTP).server(message(SERVER, { stratum: 1, reference: "GPS\0" }));
  assert.equal((heard.records[0] as RecordOf<"ntp">).ref_id, "GPS\\x00");
});

Deno.test("a flow that begins with the server's answer is turned round", () => {
  const heard = listen(NTP, { orig_p: 123 }).client(message(SERVER, { stratum: 1 })).server(message(CLIENT), 1);
  assert.deepEqual(heard.records.map((record) => (record as RecordOf<"ntp">).resp_h), ["10.0.0.5", "10.0.0.5"]);
});

Deno.test("control and private messages are recognised but not logged", () => {
  const heard = listen(NTP).client(concat(u8(0x16), u8(2), new Uint8Array(10))).client(hex("17 00 03 2a 0000 0000"));
  assert.deepEqual([heard.services, heard.records, heard.wanting], [["ntp"], [], true]);
});

Deno.test("what is too short to tell the time ends the listening, and extensions are counted", () => {
  assert.equal(listen(NTP).client(message(CLIENT).subarray(0, 47)).wanting, false);
  const extension = concat(hex("0104 0010"), new Uint8Array(12));
  const heard = listen(NTP).client(message(CLIENT, { tail: concat(extension, extension, new Uint8Array(20)) }));
  assert.equal((heard.records[0] as RecordOf<"ntp">).num_exts, 2);
});

Deno.test("NTP is recognised on another port by a message that tells today's time", () => {
  const recognise = (bytes: Uint8Array) => NTP.recognise(bytes, 0, bytes.length, true);
  assert.equal(recognise(message(CLIENT)), "yes");
  assert.equal(recognise(message(CLIENT).subarray(1)), "no");
  assert.equal(recognise(new Uint8Array(48)), "no");
});

Deno.test("three thousand damaged messages leave only well-formed records", () => {
  const chance = random(123);
  for (let i = 0; i < 3_000; i++) {
    const heard = listen(NTP);
    for (const mode of [CLIENT, SERVER, 0, 6, 7]) {
      const bytes = damaged(message(mode, { tail: new Uint8Array(40) }), chance);
      NTP.recognise(bytes, 0, bytes.length, true);
      heard.client(bytes);
    }
    for (const record of heard.end().records) assert.doesNotMatch(JSON.stringify(record), /null/);
  }
});
