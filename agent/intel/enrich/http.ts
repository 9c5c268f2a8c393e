// One HTTP request to a service, with bounds on its time and size. Redirections are not followed: they would lead to hosts
// that the user has not agreed to.

export interface HttpRequest {
  method: "GET" | "POST";
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** Form fields of a POST. */
  form?: Readonly<Record<string, string>>;
}

/** Why a service gave no answer. */
export class LookupFailure extends Error {
  override name = "LookupFailure";
  constructor(
    /** A sentence without a full stop; never a key. */
    message: string,
    /** `limited`: asked too often. `refused`: not without a (valid) key. `failed`: anything else. */
    readonly kind: "limited" | "refused" | "failed",
    /** Seconds after which it may be asked again, where it says so. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Bytes of an answer; the largest real ones (VirusTotal on a file) have some 50 kB. */
const LONGEST_ANSWER = 1024 * 1024;

/**
 * Asks; `undefined` when the service does not know the thing asked for (404).
 * @throws {LookupFailure} for every other answer than 200 with JSON, within `timeout` seconds.
 */
export async function askJson(request: HttpRequest, timeout: number): Promise<Record<string, unknown> | undefined> {
  const { method, url, headers, form } = request;
  const host = new URL(url).host;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      redirect: "manual",
      signal: AbortSignal.timeout(timeout * 1000),
      headers: { accept: "application/json", "user-agent": "smartshield", ...headers },
      ...form === undefined ? {} : { body: new URLSearchParams(form) },
    });
    text = await bodyOf(response);
  } catch (error) {
    if (error instanceof LookupFailure) throw error;
    const slow = error instanceof DOMException && error.name === "TimeoutError";
    throw new LookupFailure(
      slow ? `${host} did not answer within ${timeout} s` : `${host} cannot be reached`,
      "failed",
    );
  }
  if (response.status === 404) return undefined;
  if (response.status === 429) {
    const seconds = Number(response.headers.get("retry-after"));
    throw new LookupFailure(`${host} is asked too often`, "limited", seconds > 0 ? seconds : undefined);
  }
  if (response.status === 401 || response.status === 403) {
    throw new LookupFailure(`${host} refuses to answer (${response.status}): is its key right?`, "refused");
  }
  if (response.status !== 200) throw new LookupFailure(`${host} answered with status ${response.status}`, "failed");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new LookupFailure(`${host} answered with something else than JSON`, "failed");
}

async function bodyOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > LONGEST_ANSWER) {
      throw new LookupFailure(`${new URL(response.url).host} answered with more than 1 MiB`, "failed");
    }
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
