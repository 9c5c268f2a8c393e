// Which records are not judged because the user ignores their flows. Asked by the router for every record, but only where
// some entry ignores flows.

import type { Fact } from "../../profile/facts.ts";
import { believedNames } from "../../profile/names.ts";
import { createNetworkPicture } from "../../profile/network.ts";
import type { AnyRecord } from "../../record/schema.ts";
import { type Entry, ignores } from "./entry.ts";
import { nameOf, stronger } from "./judge.ts";
import { compileWhitelist, type End } from "./match.ts";
import { type PackedEntries, unpackEntries } from "./pack.ts";

/** Ignores flows; holds its own picture of the network, from the same facts as the detectors. */
export interface FlowFilter {
  learn(fact: Fact): void;
  /** Whether the record belongs to a flow that is ignored. */
  ignores(record: AnyRecord): boolean;
}

/** The entries that matter to flows: all of the user's if some ignore flows (an exception may stand among the others), else none. */
export function flowEntries(entries: readonly Entry[]): readonly Entry[] {
  const written = entries.filter(({ listed }) => !listed);
  return written.some((entry) => ignores(entry, "flows")) ? written : [];
}

/** A filter by these entries. */
export function createFlowFilter(entries: PackedEntries): FlowFilter {
  const matcher = compileWhitelist(unpackEntries(entries));
  const picture = createNetworkPicture();

  return {
    learn: (fact) => picture.learn(fact),
    ignores(record) {
      const [source, destination] = endsOf(record);
      const src = source === undefined ? undefined : matcher.judge(endAt("src", source), "flows");
      const dst = destination === undefined ? undefined : matcher.judge(endAt("dst", destination), "flows");
      return stronger(src, dst)?.passes ?? false;
    },
  };

  function endAt(direction: "src" | "dst", { ip, mac, names }: Side): End {
    return {
      direction,
      ip,
      names: ip === undefined ? names : [...names, ...believedNames(picture, ip)],
      mac: mac ?? (ip === undefined ? undefined : picture.macOf(ip)),
    };
  }
}

interface Side {
  ip: string | undefined;
  mac: string | undefined;
  names: readonly string[];
}

const NO_NAMES: readonly string[] = [];

/** Where the flow of a record begins and where it goes. */
function endsOf(record: AnyRecord): [source: Side | undefined, destination: Side | undefined] {
  switch (record.kind) {
    case "x509":
      return [undefined, undefined];
    case "software":
      return [side(record.host), undefined];
    case "notice":
      return [side(record.orig_h ?? record.src), side(record.resp_h ?? record.dst)];
    case "dhcp":
      return [side(record.client_addr, record.mac), side(record.server_addr)];
    case "arp":
      return [side(record.orig_h, record.orig_hw), side(record.resp_h)];
    case "conn":
      return [side(record.orig_h, record.orig_l2_addr), side(record.resp_h, record.resp_l2_addr)];
    case "dns":
      return [
        side(record.orig_h),
        side(record.resp_h, undefined, record.query === undefined ? NO_NAMES : [nameOf(record.query)]),
      ];
    default:
      return [side(record.orig_h), side(record.resp_h)];
  }
}

function side(ip: string | undefined, mac?: string, names: readonly string[] = NO_NAMES): Side {
  return { ip, mac, names };
}
