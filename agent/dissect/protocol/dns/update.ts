// How a dynamic update (RFC 2136) is told: its prerequisites as "pre: …", what it deletes as "del: …", what it adds as
// "add: …", in Zeek's words. Both are resource records whose class says what is meant.

import { CLASS, TYPE, typeName } from "./numbers.ts";
import type { Resource } from "./resource.ts";

/** The text of one record of the prerequisite or of the update section; undefined for additions that are not logged. */
export function updateAnswer(resource: Resource, prerequisite: boolean): string | undefined {
  return prerequisite ? `pre: ${condition(resource)}` : change(resource);
}

/** RFC 2136 section 2.4. */
function condition({ owner, type, class: recordClass }: Resource): string {
  if (type === TYPE.ANY && recordClass === CLASS.NONE) return `NameNotInUse ${owner}`;
  if (type === TYPE.ANY && recordClass === CLASS.ANY) return `NameInUse ${owner}`;
  return `${recordClass === CLASS.NONE ? "NoRRSet" : "RRSetExists"} ${typeName(type)} ${owner}`;
}

/** RFC 2136 section 2.5. */
function change({ owner, type, class: recordClass, answer }: Resource): string | undefined {
  if (recordClass === CLASS.NONE) return `del: RR ${typeName(type)} ${owner}`;
  if (recordClass === CLASS.ANY) return `del: RRSet ${type === TYPE.ANY ? `* ${owner}` : typeName(type)}`;
  if (answer === undefined || answer === "") return answer;
  const address = type === TYPE.A || type === TYPE.AAAA || type === TYPE.A6;
  return `add: ${address ? `${typeName(type)} ${owner} ` : ""}${answer}`;
}
