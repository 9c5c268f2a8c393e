// Whom a run on a wire talks with: the user, by a socket, and other agents on the network.

import type { Configuration } from "../../config/schema.ts";
import { openControl } from "../control/open.ts";
import { InputError } from "../errors.ts";
import type { Whitelist } from "../evidence/whitelist/whitelist.ts";
import { type Peers, type PeersEvents, type PeersOptions, startPeers } from "../peers.ts";
import { createWhitelistMarker } from "../whitelist-marker.ts";

export interface TalkOptions extends Pick<PeersOptions, "output" | "windowWidth" | "origin" | "clock"> {
  readonly configuration: Configuration;
  readonly offline: boolean;
  /** The state directory, which is made when asked for. */
  readonly state: () => string;
  readonly whitelist: () => Whitelist;
}

export interface Talk {
  /** Other agents; undefined when nothing is shared with them. */
  readonly peers: Peers | undefined;
  close(): Promise<void>;
}

/**
 * Begins to talk.
 * @throws {InputError} when there are to be peers, and the socket by which they are managed cannot be opened.
 */
export async function openTalk(
  { configuration: { p2p, trust }, offline, state, whitelist, ...rest }: TalkOptions,
  events: PeersEvents,
): Promise<Talk> {
  const isSharing = p2p.enabled && !offline;
  let peers: Peers | undefined;
  const control = await openControl(state, {
    peers: (command, words) =>
      peers?.command(command, words) ?? Promise.reject(new InputError("The agent runs without peers (p2p.enabled).")),
  }, { needed: isSharing, note: events.log });
  if (isSharing) {
    const whitelistMark = createWhitelistMarker(whitelist);
    peers = startPeers({ ...rest, settings: p2p, trust, state: state(), whitelistMark }, events);
  }
  return {
    peers,
    async close() {
      control?.close();
      await peers?.stop();
    },
  };
}
