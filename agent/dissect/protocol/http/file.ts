// The files that HTTP bodies are: whole ones, parts of a multipart, and pieces fetched by range.

import type { Flow, Output } from "../../analyzer.ts";
import { type FileOpening, type OpenFile, openFile } from "../../files/file.ts";
import type { Entity } from "../../mime/entity.ts";
import type { Shared } from "../../shared.ts";
import type { Message } from "./framing.ts";
import { FILES_LIMIT, type Transactions } from "./transactions.ts";

interface Owner {
  readonly flow: Flow;
  readonly output: Output;
  readonly shared: Shared;
  readonly transactions: Transactions;
}

interface Direction {
  readonly fromOrig: boolean;
  readonly message: Message | undefined;
}

/** Opens the file whose first byte has come, and notes it in the record of its request; `number` counts the flow's files. */
export function openHttpFile(owner: Owner, direction: Direction, entity: Entity, number: number): OpenFile {
  const { flow, output, shared } = owner;
  const { fromOrig, message } = direction;
  const transaction = owner.transactions.current(fromOrig);
  const { record } = transaction;
  const [fuids, names, types] = fromOrig
    ? ["orig_fuids", "orig_filenames", "orig_mime_types"] as const
    : ["resp_fuids", "resp_filenames", "resp_mime_types"] as const;
  const note = (field: typeof fuids | typeof names | typeof types, value: string) => {
    const list = record[field] ?? [];
    if (list.length < FILES_LIMIT) record[field] = [...list, value];
  };
  const top = entity === message?.entity;
  const range = top ? message?.range : undefined;
  const opening: FileOpening = {
    flow,
    source: "HTTP",
    isOrig: fromOrig,
    depth: 0,
    key: range !== undefined && transaction.range
      ? `range ${flow.orig_h} ${record.host ?? flow.resp_h} ${record.uri ?? ""}`
      : `${flow.uid} ${number}`,
    filename: entity.filename,
    onType: (type) => note(types, type),
  };
  let file: OpenFile;
  if (range === undefined) {
    file = openFile(shared.fileSettings, output, opening);
    const length = top ? message?.contentLength : entity.length;
    if (length !== undefined && length > 0 && !(top && message?.encoded)) file.setSize(length);
  } else {
    const whole = shared.ranges.open(opening, output);
    if (range.total !== undefined && !message?.encoded) whole.setSize(range.total);
    let offset = range.offset;
    file = {
      fuid: whole.fuid,
      data(bytes, start, end) {
        whole.data(offset, bytes, start, end);
        offset += end - start;
      },
      gap(length) {
        offset += length;
      },
      setSize: whole.setSize,
      finish: () => {},
    };
  }
  note(fuids, file.fuid);
  if (opening.filename !== undefined) note(names, opening.filename);
  return file;
}
