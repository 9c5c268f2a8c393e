// Events about what went over a connection: HTTP, TLS, SSH, mail and the files in them.

import type { RecordOf } from "../../record/schema.ts";
import { contentId } from "../../record/uid.ts";
import { distinguishedName } from "./distinguished-name.ts";
import { connectionOf, countOf, type Event, partOf, reversedConnectionOf, textOf, textsOf, timeOf } from "./event.ts";

/** "text/html; charset=utf-8" without what comes after the type. */
function mediaType(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const type = text.split(";", 1)[0]!.trim().toLowerCase();
  return type === "" ? undefined : [type];
}

/** An `http` event: one request with its reply. */
export function httpOf(event: Event): RecordOf<"http"> {
  const { object, part } = event;
  const record: RecordOf<"http"> = {
    kind: "http",
    ...connectionOf(event),
    trans_depth: (countOf(object["tx_id"]) ?? 0) + 1,
  };
  const method = textOf(event, part["http_method"]);
  const mimeTypes = mediaType(textOf(event, part["http_content_type"]));
  if (method !== undefined) record.method = method;
  record.host = textOf(event, part["hostname"]);
  record.uri = textOf(event, part["url"]);
  record.referrer = textOf(event, part["http_refer"]);
  record.version = textOf(event, part["protocol"])?.replace(/^HTTP\//, "");
  record.user_agent = textOf(event, part["http_user_agent"]);
  record.request_body_len = countOf(part["request_body_len"]) ?? 0;
  record.response_body_len = countOf(part["length"]) ?? 0;
  record.status_code = countOf(part["status"]);
  if (mimeTypes !== undefined) record.resp_mime_types = mimeTypes;
  return record;
}

/** "TLS 1.2", "TLSv1.2", "TLSv1", "SSLv3" as "TLSv12", "TLSv12", "TLSv10", "SSLv3". */
function tlsVersion(text: string | undefined): string | undefined {
  const match = /^TLS ?v?(\d)(?:\.(\d))?$/.exec(text ?? "");
  if (match !== null) return `TLSv${match[1]}${match[2] ?? "0"}`;
  return text === undefined || text === "UNDETERMINED" ? undefined : text.replace(/[ .]/g, "");
}

/** Texts that are remembered in their plain form: the fingerprints of a network's certificates come again and again. */
const MAXIMUM_KNOWN_HEX = 4096;
const knownHex = new Map<string, string>();

/** "2d:d1:9f" as "2dd19f". */
function plainHex(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const known = knownHex.get(text);
  if (known !== undefined) return known;
  const plain = text.replaceAll(":", "").toLowerCase();
  if (knownHex.size >= MAXIMUM_KNOWN_HEX) knownHex.clear();
  knownHex.set(text, plain);
  return plain;
}

function hashOf(event: Event, value: unknown): string | undefined {
  if (typeof value === "string") return textOf(event, value);
  return typeof value === "object" && value !== null ? textOf(event, (value as { hash?: unknown }).hash) : undefined;
}

/** A `tls` event: Suricata writes it when the handshake is done. */
export function sslOf(event: Event): RecordOf<"ssl"> {
  const { part } = event;
  const fingerprint = plainHex(textOf(event, part["fingerprint"]));
  return {
    kind: "ssl",
    ...connectionOf(event),
    version: tlsVersion(textOf(event, part["version"])),
    server_name: textOf(event, part["sni"]),
    resumed: part["session_resumed"] === true,
    next_protocol: textsOf(event, part["server_alpns"])?.[0],
    established: true,
    cert_chain_fps: fingerprint === undefined ? undefined : [fingerprint],
    subject: distinguishedName(textOf(event, part["subject"])),
    issuer: distinguishedName(textOf(event, part["issuerdn"])),
    ja3: hashOf(event, part["ja3"]),
    ja3s: hashOf(event, part["ja3s"]),
    ja4: hashOf(event, part["ja4"]),
  };
}

/** The server's certificate of a `tls` event; undefined when there is none in it. */
export function x509Of(event: Event): RecordOf<"x509"> | undefined {
  const { part } = event;
  const fingerprint = plainHex(textOf(event, part["fingerprint"]));
  if (fingerprint === undefined) return undefined;
  return {
    kind: "x509",
    ts: event.seen,
    fingerprint,
    "certificate.serial": plainHex(textOf(event, part["serial"]))?.toUpperCase(),
    "certificate.subject": distinguishedName(textOf(event, part["subject"])),
    "certificate.issuer": distinguishedName(textOf(event, part["issuerdn"])),
    "certificate.not_valid_before": timeOf(part["notbefore"]),
    "certificate.not_valid_after": timeOf(part["notafter"]),
    "san.dns": textsOf(event, part["subjectaltname"]),
    host_cert: true,
    client_cert: false,
  };
}

/** A `fileinfo` event. Its source is whoever sent the file. */
export function fileOf(event: Event): RecordOf<"files"> {
  const { object, part } = event;
  const filename = textOf(event, part["filename"]);
  const fromClient = isFromClient(event);
  const { ts, uid, ...ends } = fromClient ? connectionOf(event) : reversedConnectionOf(event);
  const size = countOf(part["size"]);
  const isWhole = part["state"] === "CLOSED" && part["gaps"] !== true;
  return {
    kind: "files",
    ts,
    fuid: contentId("F", uid, String(object["tx_id"] ?? part["tx_id"]), filename ?? "", String(part["file_id"]), ts),
    uid,
    ...ends,
    source: textOf(event, object["app_proto"])?.toUpperCase(),
    mime_type: textOf(event, part["mimetype"]) ?? (fromClient ? undefined : replyType(event)),
    filename,
    is_orig: fromClient,
    seen_bytes: size,
    total_bytes: isWhole ? size : undefined,
    md5: textOf(event, part["md5"]),
    sha1: textOf(event, part["sha1"]),
    sha256: textOf(event, part["sha256"]),
  };
}

function replyType(event: Event): string | undefined {
  return mediaType(textOf(event, partOf(event.object, "http")["http_content_type"]))?.[0];
}

/**
 * Whether the client of the connection sent the file. Newer versions say the direction; else the port that the request
 * named is the server's, and else the lower of the two.
 */
function isFromClient({ object, srcPort, destPort }: Event): boolean {
  if (object["direction"] === "to_server") return true;
  if (object["direction"] === "to_client") return false;
  const serverPort = countOf(partOf(object, "http")["http_port"]);
  if (serverPort !== undefined && (serverPort === srcPort) !== (serverPort === destPort)) {
    return serverPort === destPort;
  }
  return srcPort >= destPort;
}

/** An `ssh` event. Whether somebody got in, Suricata does not know. */
export function sshOf(event: Event): RecordOf<"ssh"> {
  const side = (name: string) => partOf(event.part, name);
  const software = (name: string) => {
    const version = textOf(event, side(name)["proto_version"]);
    const text = textOf(event, side(name)["software_version"]);
    return text === undefined ? undefined : `SSH-${version ?? "2.0"}-${text}`;
  };
  const major = Number.parseInt(textOf(event, side("client")["proto_version"]) ?? "", 10);
  return {
    kind: "ssh",
    ...connectionOf(event),
    version: Number.isNaN(major) ? undefined : major,
    client: software("client"),
    server: software("server"),
    hassh: hashOf(event, side("client")["hassh"]),
    hassh_server: hashOf(event, side("server")["hassh"]),
  };
}

/** An `smtp` event: one mail. */
export function smtpOf(event: Event): RecordOf<"smtp"> {
  const { object, part } = event;
  const email = partOf(object, "email");
  const address = (text: string) => text.replace(/^<(.*)>$/, "$1");
  const from = textOf(event, part["mail_from"]);
  return {
    kind: "smtp",
    ...connectionOf(event),
    trans_depth: (countOf(object["tx_id"]) ?? 0) + 1,
    helo: textOf(event, part["helo"]),
    mailfrom: from === undefined ? undefined : address(from),
    rcptto: textsOf(event, part["rcpt_to"])?.map(address),
    date: textOf(event, email["date"]),
    from: textOf(event, email["from"]),
    to: textsOf(event, email["to"]),
    cc: textsOf(event, email["cc"]),
    msg_id: textOf(event, email["message_id"]),
    subject: textOf(event, email["subject"]),
    user_agent: textOf(event, email["x_mailer"]),
  };
}
