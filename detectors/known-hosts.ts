// What is known of the two hosts of a finding at the moment it is told: for the reader, and for programs that read
// alerts.json.

import type { Evidence, HostContext, Party } from "../agent/evidence/evidence.ts";
import type { Answer } from "../agent/intel/enrich/question.ts";
import type { Intel } from "../agent/intel/intel.ts";
import { macVendor } from "../agent/intel/tables/mac-vendors.ts";
import { organisationOf } from "../agent/intel/tables/organisations.ts";
import { believedNames } from "../agent/profile/names.ts";
import type { NetworkPicture } from "../agent/profile/network.ts";
import { isGlobal } from "../agent/record/address.ts";

/** Names told of one host: the newest. Own choice: an address of a large network has hundreds. */
const NAMES_TOLD = 3;

/** What the services outside have said of an address, as far as they were asked. */
type AddressAnswer = (ip: string) => Answer | undefined;

/** What is known of the attacker and the victim; undefined when nothing is. */
export function contextOf(
  evidence: Evidence,
  picture: NetworkPicture,
  intel: Intel,
  answer: AddressAnswer,
): Evidence["context"] {
  const attacker = hostContext(evidence.attacker, picture, intel, answer);
  const victim = evidence.victim === undefined ? undefined : hostContext(evidence.victim, picture, intel, answer);
  if (attacker === undefined && victim === undefined) return undefined;
  return { ...attacker === undefined ? {} : { attacker }, ...victim === undefined ? {} : { victim } };
}

function hostContext(
  { kind, value }: Party,
  picture: NetworkPicture,
  intel: Intel,
  answer: AddressAnswer,
): HostContext | undefined {
  if (kind !== "ip") return undefined;
  const said = isGlobal(value) ? answer(value) : undefined;
  const lists = (said?.verdicts ?? []).filter(({ says }) => says === "malicious");
  const names = believedNames(picture, value).slice(-NAMES_TOLD);
  const hostname = picture.hostname(value);
  const mac = picture.macOf(value);
  const vendor = mac === undefined ? undefined : macVendor(mac);
  const system = intel.asnOf(value);
  const country = intel.countryOf(value);
  const organisation = organisationOf({ ip: value, asn: system?.number });
  const context: HostContext = {
    ...hostname === undefined ? {} : { hostname },
    ...names.length === 0 ? {} : { names },
    ...said?.hostname === undefined ? {} : { reverse_dns: said.hostname },
    ...lists.length === 0 ? {} : { lists: lists.map(({ service, words }) => `${service}: ${words}`) },
    ...system === undefined ? {} : { asn: system.number },
    ...system === undefined || system.organisation === "" ? {} : { as_organisation: system.organisation },
    ...country === undefined ? {} : { country },
    ...organisation === undefined ? {} : { organisation },
    ...mac === undefined ? {} : { mac },
    ...vendor === undefined ? {} : { vendor },
  };
  return Object.keys(context).length === 0 ? undefined : context;
}
