// Requests and the replies to them, paired in order as Zeek's script does it: one `http` record each. Both sides can run
// ahead of the other: requests are pipelined, and a reply may come to a request that was not seen.

import { connectionFields, type Flow, type Output, type RecordOf } from "../../analyzer.ts";

/** So many requests may wait for replies; then all but the newest are handed on (Zeek's max_pending_requests). */
export const PENDING_LIMIT = 100;
/** Files of one request or reply that its record names (Zeek's max_files_orig and max_files_resp). */
export const FILES_LIMIT = 15;
/** Proxy fields that one record keeps. */
export const PROXIED_LIMIT = 20;

/** One request and its reply. */
export interface Transaction {
  readonly record: RecordOf<"http">;
  /** Whether the request asked for a part of the file only. */
  range: boolean;
}

/** Methods that are not worth a weird: RFC 9110 and WebDAV (RFC 4918), the list that Zeek has. */
const METHODS = new Set([
  "GET",
  "POST",
  "HEAD",
  "OPTIONS",
  "PUT",
  "DELETE",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "PROPPATCH",
  "MKCOL",
  "COPY",
  "MOVE",
  "LOCK",
  "UNLOCK",
  "POLL",
  "REPORT",
  "SUBSCRIBE",
  "BMOVE",
  "SEARCH",
]);

/** Header fields that show a proxy on the way. */
const PROXY_FIELDS = new Set([
  "FORWARDED",
  "X-FORWARDED-FOR",
  "X-FORWARDED-FROM",
  "CLIENT-IP",
  "VIA",
  "XROXY-CONNECTION",
  "PROXY-CONNECTION",
]);

export interface Transactions {
  request(method: string, uri: string): void;
  reply(version: string, code: number, reason: string): void;
  field(fromOrig: boolean, name: string, value: string): void;
  /** The transaction that this side is at, made when there is none. */
  current(fromOrig: boolean): Transaction;
  /** A request or a reply has been read to its end. */
  messageDone(fromOrig: boolean, bodyLength: number): void;
  /** Hands on all that is pending. */
  flush(): void;
}

/** The transactions of one flow. */
export function newTransactions(flow: Flow, output: Output): Transactions {
  const pending = new Map<number, Transaction>();
  let requests = 0;
  let replies = 0;
  let depth = 0;

  function newTransaction(): Transaction {
    depth++;
    return {
      record: {
        kind: "http",
        ...connectionFields(flow, output.now),
        trans_depth: depth,
        request_body_len: 0,
        response_body_len: 0,
        tags: [],
      },
      range: false,
    };
  }

  function current(fromOrig: boolean): Transaction {
    const number = fromOrig ? requests : replies;
    let transaction = pending.get(number);
    if (transaction === undefined) {
      transaction = newTransaction();
      pending.set(number, transaction);
    }
    return transaction;
  }

  function handOn(number: number): void {
    const transaction = pending.get(number);
    if (transaction === undefined) return;
    pending.delete(number);
    output.emit(transaction.record);
  }

  return {
    current,
    request(method, uri) {
      if (requests < replies) {
        output.weird(flow, "HTTP_response_before_request");
        requests = replies;
      }
      if (pending.size > PENDING_LIMIT) {
        output.weird(flow, "HTTP_excessive_pipelining");
        if (replies === 0) replies = 1;
        for (; replies < requests; replies++) handOn(replies);
      }
      requests++;
      const { record } = current(true);
      record.method = method;
      record.uri = uri;
      if (!METHODS.has(method)) output.weird(flow, "unknown_HTTP_method", method);
    },
    reply(version, code, reason) {
      const status = pending.get(replies)?.record.status_code;
      const informational = status !== undefined && status >= 100 && status < 200;
      if (!pending.has(replies) || (status !== undefined && !informational)) replies++;
      const { record } = current(false);
      record.status_code = code;
      record.status_msg = reason;
      record.version = version;
      if (code >= 100 && code < 200) {
        record.info_code = code;
        record.info_msg = reason;
      }
    },
    field(fromOrig, name, value) {
      if (fromOrig) requestField(current(true), name, value);
    },
    messageDone(fromOrig, bodyLength) {
      const { record } = current(fromOrig);
      if (fromOrig) record.request_body_len = bodyLength;
      else {
        record.response_body_len = bodyLength;
        const code = record.status_code ?? 0;
        if (code < 100 || code >= 200) handOn(replies);
      }
    },
    flush() {
      for (const number of [...pending.keys()].sort((a, b) => a - b)) if (number > 0) handOn(number);
      pending.clear();
    },
  };
}

function requestField(transaction: Transaction, name: string, value: string): void {
  const { record } = transaction;
  if (name === "REFERER") record.referrer = value;
  else if (name === "HOST") record.host = value;
  else if (name === "ORIGIN") record.origin = value;
  else if (name === "USER-AGENT") record.user_agent = value;
  else if (name === "RANGE") transaction.range = true;
  else if (PROXY_FIELDS.has(name)) {
    const proxied = record.proxied ?? [];
    const text = `${name} -> ${value}`;
    if (proxied.length < PROXIED_LIMIT && !proxied.includes(text)) record.proxied = [...proxied, text];
  } else if (name === "AUTHORIZATION" || name === "PROXY-AUTHORIZATION") {
    const credentials = /^basic[ \t]+(.*)$/i.exec(value);
    if (credentials !== null) record.username = userName(credentials[1]!) ?? `<problem-decoding> (${value})`;
  }
}

/** The user of basic credentials (RFC 7617); the password stays unread, as in Zeek's default. */
function userName(credentials: string): string | undefined {
  try {
    const text = atob(credentials.trim());
    const colon = text.indexOf(":");
    // Control characters have no place in a log line.
    return colon < 0
      ? undefined
      : text.slice(0, colon).replace(/[^ -~]/g, (c) => "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"));
  } catch {
    return undefined;
  }
}
