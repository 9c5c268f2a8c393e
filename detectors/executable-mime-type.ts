// Programs fetched over plain HTTP: the next stage of malware, or updates. What the file is says its content, as the
// dissector or Zeek recognised it, not what the server calls it.

import { defineDetector } from "./contract.ts";
import { cut, TEXT_LENGTH, URL_LENGTH } from "./shown.ts";

export const executableMimeType = defineDetector({
  name: "executable-mime-type",
  summary: "A host fetches a program over plain HTTP",
  raises: {
    executable_mime_type: {
      meaning:
        "A host fetched a program over plain HTTP. That is how malware loads its next stage; and whoever is on " +
        "the way could have put his own program in its place.",
      threats: ["low"],
      techniques: ["T1105", "T1204.002"],
      falsePositives: "Updates of Windows and of other programs, which are signed and still often go over HTTP.",
      whatToDo:
        "Look at the site and the file. If it is no known vendor, fetch the file's hash from the logs, look it " +
        "up, and check whether the host ran it.",
    },
  },
  settings: {
    mime_types: {
      value: [
        "application/x-msdownload",
        "application/x-ms-dos-executable",
        "application/x-ms-exe",
        "application/x-exe",
        "application/x-winexe",
        "application/x-winhlp",
        "application/x-winhelp",
        "application/octet-stream",
        "application/x-dosexec",
        "application/x-executable",
        "application/x-mach-o-executable",
      ],
      unit: "",
      meaning: "media types of programs: those for Windows, and the last two for Linux and macOS",
    },
  },
  on: {
    http(record, context) {
      const { resp_mime_types, orig_h, orig_p, resp_h, resp_p, host, uri = "" } = record;
      if (resp_mime_types === undefined) return;
      const { mime_types } = context.settings;
      if (!resp_mime_types.some((type) => mime_types.includes(type))) return;
      const common = {
        type: "executable_mime_type",
        threat: "low",
        confidence: 1,
        proto: "tcp",
        src_port: orig_p,
        dst_port: resp_p,
        description: `Download of an executable over plain HTTP: ${orig_h} fetched ` +
          `${cut(`${host ?? resp_h}${uri}`, URL_LENGTH)} from ${resp_h}, which is ` +
          `${cut(resp_mime_types.join(", "), TEXT_LENGTH)}`,
      } as const;
      context.raise(
        { ...common, attacker: { direction: "src", kind: "ip", value: orig_h }, fold: resp_h },
        { ...common, attacker: { direction: "dst", kind: "ip", value: resp_h }, profile: resp_h, fold: resp_h },
      );
    },
  },
});
