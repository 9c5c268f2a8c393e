// HTTP/1.x messages (RFC 9112).

import { concat, type Content, toBytes } from "../bytes.ts";
import { gzip } from "../file/write.ts";

/** A request; `host` and `userAgent` may be null to leave the header out. */
export interface HttpRequest {
  method?: string;
  uri?: string;
  version?: "1.0" | "1.1" | string;
  host?: string | null;
  userAgent?: string | null;
  headers?: Readonly<Record<string, string>>;
  body?: Content;
}

/** A response. */
export interface HttpResponse {
  status?: number;
  reason?: string;
  version?: "1.0" | "1.1" | string;
  contentType?: string;
  headers?: Readonly<Record<string, string>>;
  /** A number makes a text of so many bytes. */
  body?: Content | number;
  /** Sends the body in chunks of so many bytes instead of with its length. */
  chunkSize?: number;
  /** Compresses the body. */
  gzip?: boolean;
  /** Neither length nor chunks: the body ends with the connection. */
  untilClose?: boolean;
}

/** What an ordinary browser calls itself. */
export const BROWSER_USER_AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36";

const REASON: Readonly<Record<number, string>> = {
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  304: "Not Modified",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The bytes of a request. */
export function httpRequest(request: HttpRequest): Uint8Array {
  const { method = "GET", uri = "/", version = "1.1", host = "example.com", userAgent = BROWSER_USER_AGENT } = request;
  const body = toBytes(request.body ?? "");
  const headers: [string, string][] = [];
  if (host !== null) headers.push(["Host", host]);
  if (userAgent !== null) headers.push(["User-Agent", userAgent]);
  if (request.body !== undefined) headers.push(["Content-Length", String(body.length)]);
  headers.push(...Object.entries(request.headers ?? {}));
  return concat(`${method} ${uri} HTTP/${version}\r\n`, headerLines(headers), body);
}

/** The bytes of a response; `head: true` leaves the body out, as for a HEAD request. */
export function httpResponse(response: HttpResponse, options: { head?: boolean } = {}): Uint8Array {
  const { status = 200, version = "1.1", contentType = "text/html; charset=utf-8" } = response;
  const plain = typeof response.body === "number" ? filler(response.body) : toBytes(response.body ?? "");
  const body = response.gzip ? gzip(plain) : plain;
  // These never have a body (RFC 9112 section 6.3).
  const bodiless = status < 200 || status === 204 || status === 304;
  const headers: [string, string][] = [];
  if (!bodiless) {
    headers.push(["Content-Type", contentType]);
    if (response.gzip) headers.push(["Content-Encoding", "gzip"]);
    if (response.chunkSize !== undefined) headers.push(["Transfer-Encoding", "chunked"]);
    else if (!response.untilClose) headers.push(["Content-Length", String(body.length)]);
  }
  headers.push(...Object.entries(response.headers ?? {}));
  const first = `HTTP/${version} ${status} ${response.reason ?? REASON[status] ?? "Status"}\r\n`;
  const sent = options.head || bodiless
    ? ""
    : response.chunkSize === undefined
    ? body
    : chunks(body, response.chunkSize);
  return concat(first, headerLines(headers), sent);
}

function headerLines(headers: readonly [string, string][]): string {
  return headers.map(([name, value]) => `${name}: ${value}\r\n`).join("") + "\r\n";
}

/** The body in chunked transfer coding (RFC 9112 section 7.1). */
function chunks(body: Uint8Array, size: number): Uint8Array {
  const parts: Content[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    parts.push(`${piece.length.toString(16)}\r\n`, piece, "\r\n");
  }
  return concat(...parts, "0\r\n\r\n");
}

const FILLER_LINE = toBytes("<p>The quick brown fox jumps over the lazy dog.</p>\n");

/** A page of so many bytes. */
function filler(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += FILLER_LINE.length) bytes.set(FILLER_LINE.subarray(0, size - at), at);
  return bytes;
}
