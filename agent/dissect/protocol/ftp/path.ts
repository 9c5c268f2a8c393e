// Paths as FTP servers keep them: a current directory, and names relative to it.

/** Longest path that is kept; a client may ask for any. */
const PATH_LIMIT = 4096;

/** `name` as seen from `directory`, without doubled slashes and steps back. */
export function joinedPath(directory: string, name: string): string {
  const path = name.startsWith("/") ? name : directory.endsWith("/") ? directory + name : `${directory}/${name}`;
  const parts: string[] = [];
  const absolute = path.startsWith("/");
  for (const [index, part] of path.slice(0, PATH_LIMIT).split("/").entries()) {
    if (part === "" || (part === "." && (absolute || index > 0))) continue;
    if (part === ".." && parts.length > 0 && parts[parts.length - 1] !== "..") parts.pop();
    else parts.push(part);
  }
  return (absolute ? "/" : "") + parts.join("/");
}

/** The path in a reply to PWD, which stands in quotes (RFC 959 appendix II). */
export function quotedPath(text: string): string | undefined {
  return /"([^"]{0,4096})"/.exec(text)?.[1] ?? /(\/\S{0,4096})/.exec(text)?.[1];
}
