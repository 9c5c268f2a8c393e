// What goes into a run: interfaces, a file or a folder, one that is still being written, or standard input.

import { openFollowed, type OpenInput, openInput, openNothing, openStandardInput } from "../source/open.ts";
import type { AnalyseOptions } from "./options.ts";

/**
 * Opens it; of interfaces nothing is read here.
 * @throws {InputError} when it cannot be used.
 */
export async function openWhatGoesIn(
  { interfaces, input, said, follow }: Pick<AnalyseOptions, "interfaces" | "input" | "said" | "follow">,
): Promise<OpenInput> {
  if (interfaces.length > 0) return openNothing(`interface ${interfaces.join(", ")}`);
  if (input === undefined) return openStandardInput();
  return follow ? await openFollowed(input, said) : await openInput(input, said);
}
