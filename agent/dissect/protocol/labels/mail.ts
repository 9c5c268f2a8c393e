// POP3 and IMAP: named once both sides have spoken as they should, and listened to until they turn to TLS (STLS,
// RFC 2595; STARTTLS, RFC 9051 section 6.2.1), which takes over the stream.

import type { Analyzer, Flow, Output, Protocol } from "../../analyzer.ts";
import { newLineReader } from "../../lines.ts";
import { judge, type Label, newFirstBytes, recogniseLabel } from "./label.ts";
import { eachLine, LONGEST_LINE } from "./lines.ts";
import { imapClient, imapServer, pop3Client, pop3Server } from "./text.ts";

interface MailLabel extends Pick<Label, "name" | "ports" | "client" | "server" | "telling"> {
  /** How the server will answer when this line of the client asks for TLS; undefined when it does not. */
  asksForTls(line: string): Answer | undefined;
}

/** What the line begins with that answers a request, and what it begins with when it agrees. */
interface Answer {
  readonly answers: string;
  readonly agrees: string;
}

/** A client that has said so much without asking for TLS no longer will. */
const PATIENCE_BYTES = 16_384;

const POP3_LABEL: MailLabel = {
  name: "pop3",
  ports: [110],
  client: pop3Client,
  server: pop3Server,
  telling: "neither",
  asksForTls: (line) => /^STLS\b/i.test(line) ? { answers: "", agrees: "+OK" } : undefined,
};

const IMAP_LABEL: MailLabel = {
  name: "imap",
  ports: [143],
  client: imapClient,
  server: imapServer,
  telling: "neither",
  asksForTls: (line) => {
    const found = /^([!-~]{1,32}) STARTTLS\b/i.exec(line);
    return found === null ? undefined : { answers: `${found[1]} `, agrees: `${found[1]} OK` };
  },
};

export const POP3: Protocol = mailProtocol(POP3_LABEL);
export const IMAP: Protocol = mailProtocol(IMAP_LABEL);

function mailProtocol(label: MailLabel): Protocol {
  return {
    name: label.name,
    transport: "tcp",
    ports: label.ports,
    recognise: (bytes, start, end, fromOrig) => recogniseLabel(label, bytes, start, end, fromOrig),
    analyze: (flow, output) => listen(label, flow, output),
  };
}

function listen(label: MailLabel, flow: Flow, output: Output): Analyzer {
  const client = newFirstBytes(label.client);
  const server = newFirstBytes(label.server);
  const clientLines = newLineReader(LONGEST_LINE);
  const serverLines = newLineReader(LONGEST_LINE);
  let confirmed = false;
  let said = 0;
  let awaited: Answer | undefined;
  return {
    deliver(fromOrig, bytes, start, end) {
      if (judge(fromOrig ? client : server, bytes, start, end) === "no") return false;
      if (!confirmed && client.answer === "yes" && server.answer === "yes") {
        confirmed = true;
        output.service(flow, label.name);
      }
      if (fromOrig) {
        said += end - start;
        eachLine(clientLines, bytes, start, end, (line) => {
          awaited ??= label.asksForTls(line);
          return true;
        });
        return said < PATIENCE_BYTES;
      }
      // The greeting and whatever else comes before the request cannot be the answer to it.
      if (awaited === undefined) return true;
      return eachLine(serverLines, bytes, start, end, (line, next) => {
        if (awaited === undefined || !line.startsWith(awaited.answers)) return true;
        const agreed = line.startsWith(awaited.agrees);
        awaited = undefined;
        if (agreed) output.upgrade(flow, "ssl", next);
        return !agreed;
      });
    },
    gap: () => false,
    finish() {},
  };
}
