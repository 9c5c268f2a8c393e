// IRC (RFC 1459): named once both sides have spoken as they should. Two things are listened for: files that are sent
// directly from host to host (DCC SEND), whose connections get the word "irc-dcc-data" and a `files` record, and STARTTLS
// (IRCv3).

import { BoundedMap } from "../../../profile/bounded-map.ts";
import { formatIPv4 } from "../../../record/address-text.ts";
import type { Analyzer, Flow, Output, Protocol } from "../../analyzer.ts";
import { type FileSettings, type OpenFile, openFile } from "../../files/file.ts";
import { dropLine, newLineReader } from "../../lines.ts";
import { judge, newFirstBytes, recogniseLabel } from "./label.ts";
import { eachLine, LONGEST_LINE } from "./lines.ts";
import { ircClient, ircServer } from "./text.ts";

const LOOKS = { client: ircClient, server: ircServer, telling: "both" } as const;
/** Offered files that are remembered; beyond this the oldest is forgotten. */
export const OFFERS_LIMIT = 10_000;

/** Names of the files that were offered, by "address port" of who offers. */
type Offers = BoundedMap<string, string>;

/** IRC, and the connections that its messages announce, with what they share. */
export function ircProtocols(fileSettings: FileSettings): readonly Protocol[] {
  const offers: Offers = new BoundedMap(OFFERS_LIMIT);
  const irc: Protocol = {
    name: "irc",
    transport: "tcp",
    ports: [6666, 6667, 6668, 6669],
    recognise: (bytes, start, end, fromOrig) => recogniseLabel(LOOKS, bytes, start, end, fromOrig),
    analyze: (flow, output) => listen(flow, output, offers),
  };
  const data: Protocol = {
    name: "irc-dcc-data",
    transport: "tcp",
    ports: [],
    recognise: () => "no",
    analyze: (flow, output) => receive(flow, output, fileSettings, offers),
  };
  return [irc, data];
}

/** The file, from who offered it; and what its receiver says of the bytes it has, which Zeek takes for a file as well. */
function receive(flow: Flow, output: Output, fileSettings: FileSettings, offers: Offers): Analyzer {
  output.service(flow, "irc-dcc-data");
  const filename = offers.get(`${flow.resp_h} ${flow.resp_p}`);
  const files: { orig: OpenFile | undefined; resp: OpenFile | undefined } = { orig: undefined, resp: undefined };
  return {
    deliver(fromOrig, bytes, start, end) {
      const side = fromOrig ? "orig" : "resp";
      const key = `${flow.uid} dcc ${side}`;
      files[side] ??= openFile(fileSettings, output, {
        flow,
        source: "IRC_DATA",
        isOrig: fromOrig,
        depth: 0,
        key,
        filename,
      });
      files[side].data(bytes, start, end);
      return true;
    },
    gap(fromOrig, length) {
      files[fromOrig ? "orig" : "resp"]?.gap(length);
      return true;
    },
    finish() {
      files.resp?.finish();
      files.orig?.finish();
    },
  };
}

function listen(flow: Flow, output: Output, offers: Offers): Analyzer {
  const client = newFirstBytes(LOOKS.client);
  const server = newFirstBytes(LOOKS.server);
  const clientLines = newLineReader(LONGEST_LINE);
  const serverLines = newLineReader(LONGEST_LINE);
  let confirmed = false;
  let wantsTls = false;
  return {
    deliver(fromOrig, bytes, start, end) {
      if (judge(fromOrig ? client : server, bytes, start, end) === "no") return false;
      if (!confirmed && client.answer === "yes" && server.answer === "yes") {
        confirmed = true;
        output.service(flow, "irc");
      }
      return eachLine(fromOrig ? clientLines : serverLines, bytes, start, end, (line, next) => {
        if (fromOrig && line.toUpperCase() === "STARTTLS") wantsTls = true;
        // 670 is RPL_STARTTLS.
        if (!fromOrig && wantsTls && /^:[^ ]+ 670 /.test(line)) {
          output.upgrade(flow, "ssl", next);
          return false;
        }
        const offer = offeredFile(line);
        if (offer === undefined) return true;
        const key = `${offer.host} ${offer.port}`;
        offers.set(key, offer.name);
        output.expect(offer.host, offer.port, "irc-dcc-data");
        return true;
      });
    },
    gap(fromOrig) {
      dropLine(fromOrig ? clientLines : serverLines);
      return confirmed;
    },
    finish() {},
  };
}

/** Marks a message that is a command to the other client (CTCP); `wireText` has made it visible. */
const CTCP = "\\x01";
const OFFER = `:${CTCP}DCC SEND `;
/** Behind the file's name: the address as one decimal number, the port, perhaps the size. */
const WHERE = /^(\d{1,10}) (\d{1,5})(?: \d+)?$/;

/** Where a file is offered: "PRIVMSG somebody :^ADCC SEND name 167772167 59130 1320211^A". */
function offeredFile(line: string): { name: string; host: string; port: number } | undefined {
  const at = line.indexOf(OFFER);
  if (at < 0) return undefined;
  const end = line.endsWith(CTCP) ? line.length - CTCP.length : line.length;
  const offer = line.slice(at + OFFER.length, end);
  const quoted = offer.startsWith('"');
  const nameEnd = offer.indexOf(quoted ? '" ' : " ", 1);
  if (nameEnd < 0) return undefined;
  const found = WHERE.exec(offer.slice(nameEnd + (quoted ? 2 : 1)));
  const address = Number(found?.[1]);
  const port = Number(found?.[2]);
  if (found === null || address >= 2 ** 32 || port === 0 || port > 65_535) return undefined;
  return { name: offer.slice(quoted ? 1 : 0, nameEnd), host: formatIPv4(address), port };
}
