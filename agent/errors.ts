// Errors that are the user's to mend: their message is one clear sentence and they end the program with exit code 2.

/** The input or the command cannot be used; `message` says what is wrong, where, and what would help. */
export class InputError extends Error {
  override name = "InputError";
}

/** The reason the system gave for refusing a file, in plain words. */
export function systemReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "you may not read or write it";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is not a directory";
  return error instanceof Error ? error.message.replace(/ \(os error \d+\).*/, "").toLowerCase() : String(error);
}
