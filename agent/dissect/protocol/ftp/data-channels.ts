// Which FTP session a data connection belongs to: sessions announce where the data will come, data connections ask.

import { BoundedMap } from "../../../profile/bounded-map.ts";

/** What a session learns of a file that its data connection carries. */
export interface DataSession {
  fileOpened(fuid: string): void;
  fileTyped(type: string): void;
}

export interface DataChannels {
  announce(host: string, port: number, session: DataSession, now: number): void;
  /** Whose data goes to this address; undefined when nobody announced it in the last five minutes. */
  owner(host: string, port: number, now: number): DataSession | undefined;
  /** The data connection is over. */
  release(host: string, port: number): void;
}

/** Channels that are remembered; beyond this the oldest is forgotten. */
export const DATA_CHANNELS_LIMIT = 10_000;
/** Zeek's expiry of what it expects, seconds. */
const EXPIRY = 300;

/** A new, empty set. */
export function newDataChannels(): DataChannels {
  const channels = new BoundedMap<string, { session: DataSession; since: number }>(DATA_CHANNELS_LIMIT);
  return {
    announce(host, port, session, now) {
      channels.set(`${host} ${port}`, { session, since: now });
    },
    owner(host, port, now) {
      const channel = channels.get(`${host} ${port}`);
      return channel !== undefined && now - channel.since <= EXPIRY ? channel.session : undefined;
    },
    release: (host, port) => void channels.delete(`${host} ${port}`),
  };
}
