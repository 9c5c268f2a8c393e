// One input of any kind, bytes in and packets or records out: unpacks, recognises, reads, and merges where there are several
// logs. It opens nothing: the caller asks what is wanted next and brings the bytes, so it can run where nothing is permitted.

import { createArgusReader } from "./argus/reader.ts";
import { type CaptureEnd, type CaptureReader, createCaptureReader, type PacketHandler } from "./capture.ts";
import { createMerger } from "./merge.ts";
import { createNfdumpReader } from "./nfdump/reader.ts";
import { createNfdumpTextReader } from "./nfdump/text-reader.ts";
import { createPacketMerger } from "./packet-merge.ts";
import { describeFormat, type Format, recognise, RECOGNITION_BYTES } from "./recognise.ts";
import { createCounters, type InputCounters, type RecordHandler, type RecordReader } from "./record-reader.ts";
import { createSuricataInput, createSuricataReader } from "./suricata/reader.ts";
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
  /** For one of several captures: the time of its first packet, Unix seconds; -Infinity when it is not known. */
  readonly from?: number;
}

export interface InputOptions {
  /** One for a single file or standard input, several for a folder; numbered from 0. */
  readonly streams: readonly InputStream[];
  /** What the user says it is: anything else is refused. */
  readonly said?: SaidFormat | undefined;
  /** It is still being written: no stream is over before the end, and files that come up are told by `next`. */
  readonly grows?: boolean;
  readonly onPacket: PacketHandler;
  readonly onRecord: RecordHandler;
  /** Told of each kind of damage when it is first met. */
  readonly onWarning?: (warning: InputWarning) => void;
}

/** By which a file is known again, and what of it is to be left out because it was handed on in an earlier run. */
export interface FileMark {
  readonly number: number;
  /** Records, or packets, from its beginning. */
  readonly skip: number;
}

/** How many records, or packets, of a file were handed on. */
export interface FilePosition {
  readonly file: number;
  readonly done: number;
}

/** How a file came to its end: `whole` to its last byte, or it was `cut` shorter than what had been read of it. */
export type FileEnd = "whole" | "cut";

/** How the input ended. Plain data. */
export interface InputEnd {
  /** Set when the input was a capture; of several the first that is damaged, else the last. */
  readonly capture: CaptureEnd | undefined;
  /** Its file. */
  readonly captureFile: string;
  readonly counters: InputCounters;
  readonly warnings: readonly InputWarning[];
  /** Damage beyond the warnings, because there were too many kinds. */
  readonly untold: number;
  /** Records or packets handed on before their time, because one file came too far ahead of the others. */
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
  fileOver(stream: number, end?: FileEnd): Promise<void>;
  /** Of an input that grows: the file that a stream goes on with, or that a new stream of the next number begins with. */
  next(stream: number, file: string, mark?: FileMark): void;
  /** How far each stream of an input that grows was read, in files that have a mark. */
  positions(): readonly FilePosition[];
  /** A file that grows has no more for now, until it is pushed again. */
  pause(stream: number): void;
  /** What came with the first so many pieces (calls of `push`) waits no longer for files that are paused. */
  release(pieces: number): void;
  /** What is known of the input by now. */
  soFar(): InputEnd;
  /** How the input ended; once all streams are over, or when nobody wants to read on. */
  finish(): Promise<InputEnd>;
}

interface OpenFile {
  name: string;
  unpacker: Unpacker;
  reader: RecordReader | undefined;
  capture: CaptureReader | undefined;
  packets: number;
}

interface Place {
  files: string[];
  /** Marks of the files, by their place. */
  marks: (FileMark | undefined)[];
  /** Files of which not all was handed on, in their order, and how many records of the stream came before each. */
  begun: { readonly mark: FileMark; readonly before: number; readonly file: OpenFile }[];
  next: number;
  open: OpenFile | undefined;
  over: boolean;
}

function emptyPlace(files: readonly string[]): Place {
  return { files: [...files], marks: [], begun: [], next: 0, open: undefined, over: false };
}

/** An input of the given streams. */
export function createInput(options: InputOptions): Input {
  const { streams, said, onPacket, onRecord, grows = false } = options;
  const counters = createCounters();
  const warnings = createWarnings(options.onWarning);
  const unreadable: { file: string; reason: string }[] = [];
  const formats = new Set<string>();
  const suricata = createSuricataInput();
  const merger = createMerger(streams.length, onRecord, grows);
  let pieces = 0;
  const isOfCaptures = streams.length > 1 && streams.every(({ from }) => from !== undefined);
  const captures = isOfCaptures ? createPacketMerger(streams.map(({ from }) => from!), onPacket) : undefined;
  const places = streams.map(({ files }): Place => emptyPlace(files));
  let captureEnd: CaptureEnd | undefined;
  let captureFile = "";

  function packetsOf(stream: number, file: OpenFile): CaptureReader {
    const skip = places[stream]!.marks[places[stream]!.next]?.skip ?? 0;
    return createCaptureReader((bytes, offset, captured, original, ts, linkType) => {
      if (file.packets++ < skip) return;
      if (captures === undefined) onPacket(bytes, offset, captured, original, ts, linkType);
      else captures.add(stream, bytes, offset, captured, original, ts, linkType);
    });
  }

  function drain(): void {
    if (captures === undefined) merger.drain();
    else captures.drain();
  }

  function readerOf(format: Format, stream: number, file: string): RecordReader | undefined {
    const skip = places[stream]!.marks[places[stream]!.next]?.skip ?? 0;
    let seen = 0;
    const take: RecordHandler = (record, writtenAt) => {
      if (seen++ >= skip) merger.add(stream, record, writtenAt);
    };
    switch (format.is) {
      case "zeek":
        return format.form === "tsv"
          ? createZeekTsvReader(file, take, counters, warnings)
          : createZeekJsonReader(file, logOfName(file), take, counters, warnings);
      case "suricata":
        return createSuricataReader(file, take, counters, warnings, suricata);
      case "argus":
        return createArgusReader(file, take, counters, warnings);
      case "nfdump":
        return format.form === undefined
          ? createNfdumpReader(file, take, counters, warnings)
          : createNfdumpTextReader(format.form, file, take, counters, warnings);
      default:
        return undefined;
    }
  }

  function begin(stream: number, file: OpenFile, format: Format): void {
    file.reader = readerOf(format, stream, file.name);
    if (file.reader === undefined) {
      if (format.is === "capture" && (captures !== undefined || places.length === 1)) {
        file.capture = packetsOf(stream, file);
      } else unreadable.push({ file: file.name, reason: whyUnreadable(format) });
    } else if (captures !== undefined) {
      file.reader = undefined;
      unreadable.push({ file: file.name, reason: `it is ${describeFormat(format)} among captures` });
    }
    if (format.is !== "unknown") formats.add(describeFormat(format));
  }

  function open(stream: number): OpenFile {
    const place = places[stream]!;
    const name = place.files[place.next] ?? "";
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
      else if (file.capture !== undefined) return file.capture.read(bytes, start, end);
      return end - start;
    }

    function readLast(bytes: Uint8Array, start: number, end: number): number {
      lookAt = 0;
      if (!begun) look(bytes.subarray(start, end), false);
      return read(bytes, start, end);
    }

    const file: OpenFile = {
      name,
      unpacker: createUnpacker(read, readLast),
      reader: undefined,
      capture: undefined,
      packets: 0,
    };
    place.open = file;
    const mark = place.marks[place.next];
    if (mark !== undefined) place.begun.push({ mark, before: merger.counts(stream).added, file });
    return file;
  }

  /** `unfinished`: more of the file was to come, so that an incomplete end of it is none of its faults. */
  async function close(stream: number, file: OpenFile, unfinished: boolean): Promise<void> {
    if (!unfinished) await file.unpacker.end();
    const damage = unfinished ? undefined : file.unpacker.damage();
    if (file.capture !== undefined) {
      const end = file.capture.finish(file.unpacker.left());
      const said = damage === undefined ? end : { ...damage, packets: file.packets };
      noteCapture(file.name, unfinished && said.kind === "truncated" ? { ...said, kind: "complete" } : said);
    } else if (damage !== undefined) {
      counters.broken++;
      warnings.damage(file.name, "byte", damage.offset, `is ${damage.kind}: ${PACKING_DAMAGE[damage.kind] ?? ""}`);
    }
    // Of packed data that were cut the last line is only a part.
    file.reader?.end(unfinished || damage !== undefined);
    const place = places[stream]!;
    place.open = undefined;
    place.next++;
    if (!grows && place.next >= place.files.length) {
      place.over = true;
      merger.over(stream);
      captures?.over(stream);
    }
    drain();
  }

  /** The first damage is the input's; others are told as warnings. */
  function noteCapture(file: string, end: CaptureEnd): void {
    const isSound = captureEnd === undefined || captureEnd.kind === "complete";
    if (isSound) {
      captureEnd = end;
      captureFile = file;
    } else if (end.kind !== "complete") {
      warnings.damage(file, "byte", end.offset, CAPTURE_DAMAGE[end.kind]);
    }
  }

  /** A capture that is damaged is read no further. */
  const isSpoilt = ({ open }: Place): boolean => open?.capture?.end !== undefined;

  function wants(): number {
    if (places.length === 1) return places[0]!.over || (isSpoilt(places[0]!) && !grows) ? -1 : 0;
    return captures === undefined ? merger.wants() : captures.wants();
  }

  function positionIn({ begun }: Place, stream: number): FilePosition[] {
    const { handedOn } = merger.counts(stream);
    while (begun.length > 1 && begun[1]!.before <= handedOn) begun.shift();
    const current = begun[0];
    if (current === undefined) return [];
    const { mark: { number, skip }, before, file } = current;
    const done = file.capture === undefined ? skip + handedOn - before : Math.max(skip, file.packets);
    return [{ file: number, done }];
  }

  function soFar(): InputEnd {
    return {
      capture: captureEnd,
      captureFile,
      counters,
      warnings: warnings.list(),
      untold: warnings.untold(),
      early: merger.early() + (captures?.early() ?? 0),
      unreadable,
      formats: [...formats],
    };
  }

  return {
    wants,
    async push(stream, buffer, start, end) {
      const place = places[stream]!;
      const file = place.open ?? open(stream);
      merger.piece(pieces++);
      merger.resume(stream);
      await file.unpacker.push(buffer, start, end);
      drain();
      if (captures !== undefined && isSpoilt(place)) {
        place.next = place.files.length;
        await close(stream, file, false);
      }
    },
    async fileOver(stream, end = "whole") {
      const place = places[stream]!;
      if (place.over) return;
      if (end === "cut" && place.open !== undefined) {
        warnings.warn(place.open.name, "byte", place.open.unpacker.taken(), "became shorter while it was read");
      }
      await close(stream, place.open ?? open(stream), end === "cut");
    },
    next(stream, file, mark) {
      if (stream === places.length) {
        places.push(emptyPlace([]));
        merger.open();
      }
      places[stream]!.marks[places[stream]!.files.push(file) - 1] = mark;
      merger.resume(stream);
    },
    pause(stream) {
      merger.pause(stream);
      drain();
    },
    release(upTo) {
      merger.release(upTo - 1);
      drain();
    },
    positions: () => places.flatMap(positionIn),
    soFar,
    async finish() {
      for (const [stream, place] of places.entries()) {
        place.next = Math.max(place.next, place.files.length - 1);
        // What is still open was not read to its end.
        if (place.open !== undefined) await close(stream, place.open, true);
        merger.over(stream);
        captures?.over(stream);
      }
      drain();
      return soFar();
    },
  };
}

/** What is said of captures beyond the first that is damaged. */
const CAPTURE_DAMAGE: Readonly<Record<Exclude<CaptureEnd["kind"], "complete">, string>> = {
  truncated: "is cut off here; what came before was analysed",
  damaged: "is damaged here; what came before was analysed",
  unreadable: "is not a packet capture",
};

/** What is said of packed data that ends badly. */
const PACKING_DAMAGE: Readonly<Partial<Record<CaptureEnd["kind"], string>>> = {
  truncated: "the packed data end too early; what came before was analysed",
  damaged: "the packed data cannot be unpacked; what came before was analysed",
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
