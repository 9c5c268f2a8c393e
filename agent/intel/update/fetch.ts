// Fetches one feed over HTTP: only when it has changed, from where an earlier try broke off, within bounds of size and
// time, and again after a pause when the server is in trouble. Certificates are always checked.

/** What is known of a feed's earlier transfers. */
export interface FetchRequest {
  readonly url: string;
  /** Of what was accepted last (RFC 9110 sections 8.8.2, 8.8.3). */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** What an earlier try that broke off had received. */
  readonly partial?: Beginning | undefined;
}

/** The beginning of a file, and what says which version of the file it is of. */
export interface Beginning {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A strong ETag, or a Last-Modified. */
  readonly version: string;
}

export interface FetchLimits {
  /** Bytes of one feed. */
  readonly bytes: number;
  /** Seconds without a byte, and seconds for all of it, tries and pauses included. */
  readonly silence: number;
  readonly total: number;
  readonly tries: number;
  /** Seconds before the second try; doubled before each further one. */
  readonly pause: number;
}

/**
 * Own choices: the largest feeds have 10 MB, and six times as much is room to grow; a server that says nothing for 15 s has
 * forgotten us.
 */
export const FETCH_LIMITS: FetchLimits = { bytes: 64 * 1024 * 1024, silence: 15, total: 180, tries: 4, pause: 2 };

export type FetchResult =
  | {
    readonly outcome: "new";
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly etag: string | undefined;
    readonly lastModified: string | undefined;
  }
  | { readonly outcome: "unchanged" }
  | {
    readonly outcome: "failed";
    /** A sentence without a full stop. */
    readonly reason: string;
    /** What to go on from next time. */
    readonly partial: Beginning | undefined;
  };

/** One try was in vain; `isFinal`: another one would be, too. */
class Refusal extends Error {
  constructor(message: string, readonly isFinal: boolean, readonly wait?: number) {
    super(message);
  }
}

/** Longest pause that a server may ask for (Retry-After) within one update, seconds. */
const LONGEST_PAUSE = 30;

/**
 * Fetches a feed. `certificates`: PEM texts of authorities that are trusted besides the usual ones; `agent`: how we
 * introduce ourselves.
 */
export async function fetchFeed(
  request: FetchRequest,
  { limits = FETCH_LIMITS, certificates = [], agent = "smartshield" }: {
    limits?: FetchLimits;
    certificates?: readonly string[];
    agent?: string;
  } = {},
): Promise<FetchResult> {
  const deadline = AbortSignal.timeout(1000 * limits.total);
  using client = certificates.length === 0 ? undefined : Deno.createHttpClient({ caCerts: [...certificates] });
  let partial = request.partial;
  let reason = "";
  let pause = limits.pause;
  for (let tried = 0; tried < limits.tries; tried++) {
    try {
      return await tryOnce({ ...request, partial }, limits, deadline, agent, client, (kept) => partial = kept);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : explain(error, request.url, limits, deadline);
      reason = refusal.message;
      if (refusal.isFinal || deadline.aborted || tried + 1 === limits.tries) break;
      await new Promise((resolve) => setTimeout(resolve, 1000 * Math.max(refusal.wait ?? 0, pause)));
      pause *= 2;
    }
  }
  return { outcome: "failed", reason, partial };
}

async function tryOnce(
  request: FetchRequest,
  limits: FetchLimits,
  deadline: AbortSignal,
  agent: string,
  client: Deno.HttpClient | undefined,
  keep: (partial: Beginning | undefined) => void,
): Promise<FetchResult> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), 1000 * limits.silence);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), 1000 * limits.silence);
  };
  const { partial } = request;
  // Lengths and ranges are those of the file as it is: nothing may be packed on the way.
  const headers = new Headers({ "user-agent": agent, "accept-encoding": "identity" });
  if (request.etag !== undefined) headers.set("if-none-match", request.etag);
  if (request.lastModified !== undefined) headers.set("if-modified-since", request.lastModified);
  if (partial !== undefined) {
    headers.set("range", `bytes=${partial.bytes.length}-`);
    headers.set("if-range", partial.version);
  }
  try {
    const response = await fetch(request.url, {
      headers,
      signal: AbortSignal.any([deadline, silence.signal]),
      ...client === undefined ? {} : { client },
    });
    if (request.url.startsWith("https:") && !response.url.startsWith("https:")) {
      await response.body?.cancel();
      throw new Refusal(`it leads to ${new URL(response.url).host}, and there without TLS`, true);
    }
    if (response.status === 304) {
      await response.body?.cancel();
      return { outcome: "unchanged" };
    }
    if (response.status === 416) {
      await response.body?.cancel();
      keep(undefined);
      throw new Refusal("the server has less of the feed than was received before", false);
    }
    if (response.status !== 200 && response.status !== 206) {
      await response.body?.cancel();
      const { status } = response;
      const wait = Number(response.headers.get("retry-after"));
      if (wait > LONGEST_PAUSE) throw new Refusal(`the server asks to come back in ${wait} s (${status})`, true);
      throw new Refusal(
        status === 404 || status === 410
          ? `the feed is not there any more (${status})`
          : `the server answers ${status}`,
        status < 500 && status !== 408 && status !== 429,
        wait > 0 ? wait : undefined,
      );
    }
    const goesOn = response.status === 206;
    const before = goesOn ? partial?.bytes ?? new Uint8Array(0) : new Uint8Array(0);
    if (goesOn && !isContinuation(response.headers.get("content-range"), before.length)) {
      await response.body?.cancel();
      keep(undefined);
      throw new Refusal("the server sent another part of the feed than was asked for", false);
    }
    const etag = response.headers.get("etag") ?? undefined;
    const lastModified = response.headers.get("last-modified") ?? undefined;
    const version = etag !== undefined && !etag.startsWith("W/") ? etag : lastModified;
    const bytes = await readBody(
      response,
      before,
      limits,
      alive,
      (received) => keep(version === undefined || received.length === 0 ? undefined : { bytes: received, version }),
    );
    return { outcome: "new", bytes, etag, lastModified };
  } finally {
    clearTimeout(timer);
  }
}

/** "bytes 100-199/200" goes on from 100. */
function isContinuation(range: string | null, from: number): boolean {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range ?? "");
  return match !== null && Number(match[1]) === from;
}

/** The body behind what was received before; `keep` is told what there is when it breaks off. */
async function readBody(
  response: Response,
  before: Uint8Array<ArrayBuffer>,
  limits: FetchLimits,
  alive: () => void,
  keep: (received: Uint8Array<ArrayBuffer>) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLong = new Refusal(`the feed is longer than ${limits.bytes.toLocaleString("en-GB")} bytes`, true);
  const header = response.headers.get("content-length");
  const announced = header === null ? undefined : before.length + Number(header);
  const chunks: Uint8Array[] = [before];
  let length = before.length;
  const joined = (): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  };
  try {
    if (announced !== undefined && announced > limits.bytes) throw tooLong;
    for await (const chunk of response.body ?? []) {
      alive();
      length += chunk.length;
      if (length > limits.bytes) throw tooLong;
      chunks.push(chunk);
    }
    if (announced !== undefined && length < announced) throw new Refusal("the connection broke off", false);
  } catch (error) {
    await response.body?.cancel().catch(() => {});
    if (error === tooLong) keep(new Uint8Array(0));
    else keep(joined());
    throw error;
  }
  return joined();
}

/** What the library or the system said, in plain words. */
function explain(error: unknown, url: string, limits: FetchLimits, deadline: AbortSignal): Refusal {
  const { host } = new URL(url);
  const text = error instanceof Error ? `${error.message} ${error.cause ?? ""}` : String(error);
  if (error instanceof Deno.errors.NotCapable) {
    const wanted = /net access to "([^"]+)"/.exec(text)?.[1] ?? host;
    return new Refusal(`this executable may not contact ${wanted} (docs/permissions.md says what can be done)`, true);
  }
  if (deadline.aborted) return new Refusal(`it took longer than ${limits.total} s`, true);
  if (error instanceof DOMException) return new Refusal(`${host} said nothing for ${limits.silence} s`, false);
  const certificate = /invalid peer certificate: ([^)]*)/.exec(text)?.[1];
  if (certificate !== undefined) {
    return new Refusal(`${host} shows a certificate that cannot be trusted (${certificate.trim()})`, true);
  }
  if (/dns error|failed to lookup|name resolution/i.test(text)) {
    return new Refusal(`the name ${host} is not known`, false);
  }
  if (/error reading a body|unexpected end of file|connection closed|incomplete/i.test(text)) {
    return new Refusal("the connection broke off", false);
  }
  return new Refusal(`${host} cannot be reached`, false);
}
