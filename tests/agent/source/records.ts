// Reads an input held in memory, in pieces as small as a test wants, the way the program does: asking what is wanted next.

import { createInput, type InputEnd, type SaidFormat } from "../../../agent/source/input.ts";
import { HEADROOM_BYTES } from "../../../agent/source/unpack.ts";
import type { AnyRecord, Kind, RecordOf } from "../../../agent/record/schema.ts";

const encoder = new TextEncoder();

/** A file of a test: its name, and its text or bytes. */
export type TestFile = readonly [name: string, content: string | Uint8Array];

export interface RecordReading {
  readonly records: readonly AnyRecord[];
  /** The clock of each record. */
  readonly clocks: readonly number[];
  readonly packets: number;
  readonly end: InputEnd;
}

/** Reads streams of files, `pieceBytes` at a time. */
export async function readStreams(
  streams: readonly (readonly TestFile[])[],
  { pieceBytes = 1 << 20, said }: { pieceBytes?: number; said?: SaidFormat } = {},
): Promise<RecordReading> {
  const records: AnyRecord[] = [];
  const clocks: number[] = [];
  let packets = 0;
  const input = createInput({
    streams: streams.map((files) => ({ files: files.map(([name]) => name) })),
    said,
    onPacket: () => packets++,
    onRecord(record, clock) {
      records.push(record);
      clocks.push(clock);
    },
  });
  const left = streams.map((files) => files.map(([, content]) => bytesOf(content)));
  for (let stream = input.wants(); stream >= 0; stream = input.wants()) {
    const file = left[stream]![0]!;
    if (file.length === 0) {
      left[stream]!.shift();
      await input.fileOver(stream);
      continue;
    }
    const piece = file.subarray(0, pieceBytes);
    const buffer = new Uint8Array(HEADROOM_BYTES + piece.length);
    buffer.set(piece, HEADROOM_BYTES);
    await input.push(stream, buffer, HEADROOM_BYTES, buffer.length);
    // The buffer is the caller's again, who reads the next piece into it.
    buffer.fill(0xaa);
    left[stream]![0] = file.subarray(piece.length);
  }
  return { records, clocks, packets, end: await input.finish() };
}

/** Reads one file. */
export function readFile(
  content: string | Uint8Array,
  options: { pieceBytes?: number; said?: SaidFormat; name?: string } = {},
): Promise<RecordReading> {
  return readStreams([[[options.name ?? "log", content]]], options);
}

/** The records of one kind. */
export function ofKind<K extends Kind>({ records }: RecordReading, kind: K): RecordOf<K>[] {
  return records.filter((record): record is RecordOf<K> & AnyRecord => record.kind === kind);
}

/** What is wrong, without the file: "line 3: is no JSON x2". */
export function complaints({ end }: RecordReading): string[] {
  return end.warnings.map(({ unit, at, reason, count }) => `${unit} ${at}: ${reason}${count > 1 ? ` x${count}` : ""}`);
}

/** The fields of a record that are set. */
export function setFields(record: object | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([, value]) => value !== undefined));
}

/** Bytes of a text; bytes as they are. */
export function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? encoder.encode(content) : content;
}

/** Lines of JSON. */
export function jsonLines(...objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object) + "\n").join("");
}
