// Guesses from the sizes of encrypted segments how logging in went, the way Zeek does it (described in the comments of its
// SSH analyzer and in docs.zeek.org, base/protocols/ssh): the server's messages of RFC 4252 differ in size.
//
// - The server's first encrypted segment after the client's is SERVICE_ACCEPT (17 bytes of content, 24 padded).
// - USERAUTH_SUCCESS (1 byte of content, 8 padded) is 16 bytes shorter than that, with whatever cipher and MAC.
// - The next one is otherwise the answer to the method "none": a banner if it is much longer, else USERAUTH_FAILURE, whose
//   size is remembered: each later segment of this size is another failed attempt.
//
// Only segments are counted, not SSH packets, because packet lengths are encrypted. Compression spoils the sizes.

/** Bytes by which SERVICE_ACCEPT is longer than USERAUTH_SUCCESS, both padded to blocks of 8. */
const SUCCESS_IS_SHORTER_BY = 16;
/** A segment this many bytes longer than SERVICE_ACCEPT is a banner (USERAUTH_BANNER). */
const BANNER_IS_LONGER_BY = 256;

/** What has been measured so far; 0 is not yet. */
export interface AuthenticationSizes {
  clientSpoke: boolean;
  serviceAccept: number;
  failure: number;
  bannerSkipped: boolean;
}

export function openSizes(): AuthenticationSizes {
  return { clientSpoke: false, serviceAccept: 0, failure: 0, bannerSkipped: false };
}

/** Takes the length of the next encrypted segment; says so when it was the outcome of an attempt. */
export function measure(
  sizes: AuthenticationSizes,
  fromClient: boolean,
  length: number,
): "success" | "failure" | undefined {
  if (fromClient) {
    sizes.clientSpoke = true;
    return undefined;
  }
  if (!sizes.clientSpoke) return undefined;
  if (sizes.serviceAccept === 0) {
    sizes.serviceAccept = length;
    return undefined;
  }
  const isSuccess = length + SUCCESS_IS_SHORTER_BY === sizes.serviceAccept;
  if (sizes.failure > 0) return length === sizes.failure ? "failure" : isSuccess ? "success" : undefined;
  if (isSuccess) return "success";
  if (!sizes.bannerSkipped && length - sizes.serviceAccept > BANNER_IS_LONGER_BY) sizes.bannerSkipped = true;
  else sizes.failure = length;
  return undefined;
}
