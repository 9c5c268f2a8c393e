// One input of any kind, bytes in and packets or records out: unpacks, recognises, reads, and merges where there are several
// logs. It opens nothing: the caller asks what is wanted next and brings the bytes, so it can run where nothing is permitted.

import { createArgusReader } from "./argus/reader.ts";
import { type CaptureEnd, type CaptureReader, createCaptureReader, type PacketHandler } from "./capture.ts";
import { createMerger } from "./merge.ts";
import { createNfdumpReader } from "./nfdump/reader.ts";
import { describeFormat, type Format, recognise, RECOGNITION_BYTES } from "./recognise.ts";
import { createCounters, type InputCounters, type RecordHandler, type RecordReader } from "./record-reader.ts";
import { createSuricataReader } from "./suricata/reader.ts";
import { createUnpacker, type Unpacker } from "./unpack.ts";
import { createWarnings, type InputWarning } from "./warnings.ts";
import { createZeekJsonReader } from "./zeek/json.ts";
import { createZeekTsvReader } from "./zeek/tsv.ts";

/** A format that somebody says the input has. */
export type SaidFormat = "capture" | "zeek" | "suricata" | "argus" | "nfdump";

/** Files that are read one after the other as one log. */
export interface InputStream {
  /** Names for warnings; the last part of a path tells the log where its lines do not. */
  readonly files: readonly string[];
}

export interface InputOptions {
  /** One for a single file or standard input, several for a folder; numbered from 0. */
  readonly streams: readonly InputStream[];
  /** What the user says it is: anything else is refused. */
  readonly said?: SaidFormat | undefined;
  readonly onPacket: PacketHandler;
  readonly onRecord: RecordHandler;
}

/** How the input ended. Plain data. */
export interface InputEnd {
  /** Set when the input was a capture. */
  readonly capture: CaptureEnd | undefined;
  readonly counters: InputCounters;
  readonly warnings: readonly InputWarning[];
  /** Damage beyond the warnings, because there were too many kinds. */
  readonly untold: number;
  /** Records handed on before their time, because a log came too far ahead of the others. */
  readonly early: number;
  /** Files that are nothing that can be read; `reason` is the middle of a sentence. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** What was read, for people: "a Zeek conn log (JSON)"; one for every different thing. */
  readonly formats: readonly string[];
}

export interface Input {
  /** The stream whose bytes are wanted next; -1 when nothing more is. */
  wants(): number;
  /**
   * Takes bytes `buffer[start..end)` of the current file of a stream, with `HEADROOM_BYTES` of room before `start`. The
   * buffer is free again when the promise is kept.
   */
  push(stream: number, buffer: Uint8Array, start: number, end: number): Promise<void>;
  /** The current file of a stream is over; what is pushed next is of its next file. After the last, the stream is over. */
  fileOver(stream: number): Promise<void>;
  /** A file that grows has no more for now: the others do not wait for it, until it is pushed again. */
  pause(stream: number): void;
  /** How the input ended; once all streams are over, or when nobody wants to read on. */
  finish(): Promise<InputEnd>;
}

interface OpenFile {
  name: string;
  unpacker: Unpacker;
  reader: RecordReader | undefined;
}

/** An input of the given streams. */
export function createInput({ streams, said, onPacket, onRecord }: InputOptions): Input {
  const counters = createCounters();
  const warnings = createWarnings();
  const unreadable: { file: string; reason: string }[] = [];
  const formats = new Set<string>();
  const isSingle = streams.length === 1;
  const merger = createMerger(streams.length, onRecord);
  const places = streams.map(() => ({ next: 0, open: undefined as OpenFile | undefined, over: false }));
  let capture: CaptureReader | undefined;
  let captureEnd: CaptureEnd | undefined;
  let packets = 0;

  function countedPacket(...packet: Parameters<PacketHandler>): void {
    packets++;
    onPacket(...packet);
  }

  function readerOf(format: Format, stream: number, file: string): RecordReader | undefined {
    const take: RecordHandler = (record, writtenAt) => merger.add(stream, record, writtenAt);
    switch (format.is) {
      case "zeek":
        return format.form === "tsv"
          ? createZeekTsvReader(file, take, counters, warnings)
          : createZeekJsonReader(file, logOfName(file), take, counters, warnings);
      case "suricata":
        return createSuricataReader(file, take, counters, warnings);
      case "argus":
        return createArgusReader(file, take, counters, warnings);
      case "nfdump":
        return createNfdumpReader(file, take, counters, warnings);
      default:
        return undefined;
    }
  }

  function begin(stream: number, file: OpenFile, format: Format): void {
    file.reader = readerOf(format, stream, file.name);
    if (file.reader === undefined) {
      if (format.is === "capture" && isSingle && capture === undefined) capture = createCaptureReader(countedPacket);
      else unreadable.push({ file: file.name, reason: whyUnreadable(format) });
    }
    if (format.is !== "unknown") formats.add(describeFormat(format));
  }

  function open(stream: number): OpenFile {
    const place = places[stream]!;
    const name = streams[stream]!.files[place.next] ?? "";
    let begun = false;
    /** Bytes with which the file will be looked at again, when it is not known yet: a slow input must not wait. */
    let lookAt = 1;

    function look(first: Uint8Array, hasMore: boolean): void {
      if (first.length < lookAt) return;
      lookAt = Math.min(2 * first.length, RECOGNITION_BYTES);
      const format = recognise(first, hasMore);
      if (format.is === "unknown" && hasMore && first.length < RECOGNITION_BYTES) return;
      begun = true;
      begin(stream, file, asSaid(format, said, first));
    }

    function read(bytes: Uint8Array, start: number, end: number): number {
      if (!begun) look(bytes.subarray(start, end), true);
      if (!begun) return 0;
      if (file.reader !== undefined) file.reader.push(bytes, start, end);
      else if (capture !== undefined) return capture.read(bytes, start, end);
      return end - start;
    }

    function readLast(bytes: Uint8Array, start: number, end: number): number {
      lookAt = 0;
      if (!begun) look(bytes.subarray(start, end), false);
      return read(bytes, start, end);
    }

    const file: OpenFile = { name, unpacker: createUnpacker(read, readLast), reader: undefined };
    place.open = file;
    return file;
  }

  async function close(stream: number, file: OpenFile): Promise<void> {
    await file.unpacker.end();
    const damage = file.unpacker.damage();
    if (capture !== undefined) {
      const end = capture.finish(file.unpacker.left());
      captureEnd = damage === undefined ? end : { ...damage, packets };
    } else if (damage !== undefined) {
      counters.broken++;
      warnings.warn(file.name, "byte", damage.offset, `is ${damage.kind}: ${PACKING_DAMAGE[damage.kind] ?? ""}`);
    }
    file.reader?.end();
    const place = places[stream]!;
    place.open = undefined;
    place.next++;
    if (place.next >= streams[stream]!.files.length) {
      place.over = true;
      merger.over(stream);
    }
    merger.drain();
  }

  return {
    wants: () => isSingle ? (places[0]!.over || capture?.end !== undefined ? -1 : 0) : merger.wants(),
    async push(stream, buffer, start, end) {
      const file = places[stream]!.open ?? open(stream);
      await file.unpacker.push(buffer, start, end);
      merger.drain();
    },
    fileOver: (stream) => close(stream, places[stream]!.open ?? open(stream)),
    pause(stream) {
      merger.pause(stream);
      merger.drain();
    },
    async finish() {
      for (const [stream, place] of places.entries()) {
        place.next = Math.max(place.next, streams[stream]!.files.length - 1);
        if (place.open !== undefined) await close(stream, place.open);
        else if (!place.over) merger.over(stream);
      }
      merger.drain();
      return {
        capture: captureEnd,
        counters,
        warnings: warnings.list(),
        untold: warnings.untold(),
        early: merger.early(),
        unreadable,
        formats: [...formats],
      };
    },
  };
}

/** What is said of packed data that ends badly. */
const PACKING_DAMAGE: Readonly<Partial<Record<CaptureEnd["kind"], string>>> = {
  truncated: "the packed data end too early",
  damaged: "the packed data cannot be unpacked",
};

/** "conn" of "logs/conn.2024-05-06.log.gz". */
function logOfName(file: string): string {
  return /([^/\\]*)$/.exec(file)![1]!.split(".", 1)[0]!;
}

/** What is read when the user says what it is: lines that tell nothing are taken for it, another format is refused. */
function asSaid(format: Format, said: SaidFormat | undefined, first: Uint8Array): Format {
  if (said === undefined || format.is === said) return format;
  if (format.is !== "unknown") {
    return { is: "unknown", reason: `it is ${describeFormat(format)}, not what it was said to be` };
  }
  switch (said) {
    case "zeek": {
      const form = /^\s*\{/.test(new TextDecoder().decode(first.subarray(0, 64))) ? "json" : "tsv";
      return { is: "zeek", form, log: "", kind: undefined, labelled: false, first: undefined };
    }
    case "suricata":
      return { is: "suricata", first: undefined };
    case "argus":
      return { is: "argus" };
    default:
      return format;
  }
}

function whyUnreadable(format: Format): string {
  if (format.is === "unknown") return format.reason;
  return format.is === "packed" ? "it is packed more than once" : "a capture has to be read by itself";
}
