// SSH's identification lines (RFC 4253 section 4.2) and the version that both sides then speak.

/** "SSH-2.0-…" is 2, "SSH-1.99-…" (RFC 4253 section 5.1: either) is 1.99, "SSH-1.5-…" is 1; undefined for anything else. */
function offered(identification: string): 1 | 1.99 | 2 | undefined {
  const major = identification.charAt(4);
  if (major === "2") return 2;
  if (major !== "1") return undefined;
  return identification.slice(6, 8) === "99" ? 1.99 : 1;
}

/** The major version both sides speak, undefined while one is unknown or when they have none in common. */
export function commonVersion(client: string | undefined, server: string | undefined): 1 | 2 | undefined {
  const mine = client === undefined ? undefined : offered(client);
  const theirs = server === undefined ? undefined : offered(server);
  if (mine === undefined || theirs === undefined) return undefined;
  if (mine === 1 || theirs === 1) return mine === 2 || theirs === 2 ? undefined : 1;
  return 2;
}

/** The version to read packets with when only one side has identified itself so far. */
export function assumedVersion(client: string | undefined, server: string | undefined): 1 | 2 {
  return commonVersion(client, server) ?? (offered(client ?? server ?? "") === 1 ? 1 : 2);
}

/** The software in an identification: what follows "SSH-2.0-". */
export function softwareOf(identification: string): string {
  return identification.replace(/^SSH-[0-9.]*-/i, "");
}
