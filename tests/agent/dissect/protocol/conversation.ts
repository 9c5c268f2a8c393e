// Plays a conversation in text to a protocol: whole, cut at every place, and damaged.

import assert from "node:assert/strict";
import type { Flow, Kind, Protocol, RecordOf } from "../../../../agent/dissect/analyzer.ts";
import { newShared, type Shared } from "../../../../agent/dissect/shared.ts";
import { random } from "../../../craft/random.ts";
import { damaged, type Heard, listen } from "./listen.ts";

/** One thing said: `C` by the client, `S` by the server. Text is bytes: one character, one byte. */
export type Said = readonly ["C" | "S", string | Uint8Array];

/** Makes the protocol anew, since some remember things across flows. */
export type Maker = (shared: Shared) => Protocol;

/** The bytes of a text whose characters are bytes. */
export function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? Uint8Array.from(text, (character) => character.charCodeAt(0)) : text;
}

/** Plays the conversation to its end, with what a run shares. */
export function play(maker: Maker, said: readonly Said[], over: Partial<Flow> = {}, shared = newShared()): Heard {
  const heard = listen(maker(shared), over);
  said.forEach(([who, text], second) => {
    if (who === "C") heard.client(bytesOf(text), second);
    else heard.server(bytesOf(text), second);
  });
  return heard.end();
}

/** The records of one kind. */
export function only<K extends Kind>(heard: Heard, kind: K): RecordOf<K>[] {
  return heard.records.filter((record) => record.kind === kind) as unknown as RecordOf<K>[];
}

/** Cuts everything said at every place in turn, and into single bytes: what is recorded must stay the same. */
export function sameHoweverCut(maker: Maker, said: readonly Said[]): void {
  const whole = outcome(play(maker, said));
  said.forEach(([who, text], step) => {
    const bytes = bytesOf(text);
    for (let cut = 1; cut < bytes.length; cut++) {
      const heard = listen(maker(newShared()));
      said.forEach(([other, otherText], second) => {
        const pieces = second === step ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytesOf(otherText)];
        for (const piece of pieces) other === "C" ? heard.client(piece, second) : heard.server(piece, second);
      });
      assert.deepEqual(outcome(heard.end()), whole, `${who} cut at ${cut} of ${bytes.length}`);
    }
  });
  const heard = listen(maker(newShared()));
  said.forEach(([who, text], second) => {
    for (const byte of bytesOf(text)) {
      who === "C" ? heard.client(Uint8Array.of(byte), second) : heard.server(Uint8Array.of(byte), second);
    }
  });
  assert.deepEqual(outcome(heard.end()), whole, "byte by byte");
}

/** Plays damaged versions of the conversation, with gaps: nothing may throw, and the records stay few and short. */
export function survivesDamage(maker: Maker, said: readonly Said[], times: number, seed: number): void {
  const dice = random(seed);
  for (let i = 0; i < times; i++) {
    const shared = newShared();
    const heard = listen(maker(shared));
    said.forEach(([who, text], second) => {
      const bytes = dice.fraction() < 0.5 ? damaged(bytesOf(text), dice) : bytesOf(text);
      const cut = dice.below(bytes.length + 1);
      for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        who === "C" ? heard.client(piece, second) : heard.server(piece, second);
        if (dice.fraction() < 0.1) heard.gap(who === "C", 1 + dice.below(2000));
      }
    });
    heard.end();
    assert.ok(heard.records.length <= 200, `seed ${seed}, round ${i}: ${heard.records.length} records`);
  }
}

function outcome(heard: Heard): unknown {
  return { records: heard.records, weirds: heard.weirds, services: heard.services, upgrades: heard.upgrades.length };
}
