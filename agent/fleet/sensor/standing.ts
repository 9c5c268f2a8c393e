// What a run of a sensor is in Redis, beside what goes through its streams: its card, the state in which judging begins, the
// tables that it needs, and the signs of life without which all of it expires.

import type { RedisPlace } from "../../store/place.ts";
import type { Link } from "../../store/redis/link.ts";
import { imageKeys, storeImage } from "../images.ts";
import { fleetKeys, keysOfRun, RUN_MILLISECONDS, type RunKeys, streamsOfRun } from "../keys.ts";
import { isSameRun, type RunCard, stateText } from "../run.ts";
import { moveBeginning, pairs, run } from "../scripts.ts";
import type { Changes } from "./changes.ts";
import type { Holding } from "./holding.ts";

export interface Standing {
  readonly card: RunCard;
  readonly keys: RunKeys;
  /** The streams: of facts, and of each partition. */
  readonly streams: readonly string[];
  /** Makes the run known; all that the first batch needs comes first. */
  publish(link: Link): Promise<void>;
  /** Brings tables that are not there. */
  storeImages(link: Link): Promise<void>;
  /** A sign of life: what belongs to the run does not expire yet. False when Redis does not know it any more. */
  live(link: Link): Promise<boolean>;
  /** The last id of each stream; "" where there is none. */
  ends(link: Link): Promise<string[]>;
  /** The state says that the streams begin elsewhere now, which Redis does not know yet. */
  beginningMoved(): void;
  readonly isMoveDue: boolean;
  /** Moves the beginning of the streams to where the state says that it is. */
  move(link: Link): Promise<void>;
  /** The run is lost, and goes by another id when it is published again. */
  beginAgain(): void;
  /** Takes the run away. */
  remove(link: Link): Promise<void>;
}

export function createStanding(place: RedisPlace, first: RunCard, changes: Changes, holding: Holding): Standing {
  const all = fleetKeys(place);
  const { partitions } = first;
  let card = first;
  let keys = all.run(card.id);
  let streams = streamsOfRun(keys, partitions);
  let lives = 1;
  let isMoveDue = false;

  async function storeImages(link: Link): Promise<void> {
    for (const [signature, image] of changes.images) await storeImage(link, all, signature, image);
  }

  async function live(link: Link): Promise<boolean> {
    const sizes = new Map([...changes.images].map(([signature, image]) => [signature, image.byteLength]));
    const lasting = [...keysOfRun(keys, partitions), ...imageKeys(all, sizes)];
    const [card] = await link.askAll(lasting.map((key) => ["PEXPIRE", key, String(RUN_MILLISECONDS)]));
    return card === 1;
  }

  /** What an earlier life of this run has left, which was killed. */
  async function removeEarlier(link: Link): Promise<void> {
    const ids = await link.ask("SMEMBERS", all.runs) as string[];
    for (const id of ids.filter((id) => id !== card.id && isSameRun(id, card.id))) {
      const text = await link.ask("GET", all.run(id).card);
      // Without a card nobody finds the rest, which expires.
      const left = typeof text === "string" ? keysOfRun(all.run(id), (JSON.parse(text) as RunCard).partitions) : [];
      await link.askAll([["SREM", all.runs, id], ...left.length > 0 ? [["UNLINK", ...left]] : []]);
    }
  }

  return {
    get card() {
      return card;
    },
    get keys() {
      return keys;
    },
    get streams() {
      return streams;
    },
    async publish(link) {
      const { state } = changes;
      await storeImages(link);
      const lasting = ["PX", String(RUN_MILLISECONDS)];
      await link.together([
        ["UNLINK", ...keysOfRun(keys, partitions)],
        ["SET", keys.state, stateText(state), ...lasting],
        // Streams that are there from the beginning can be asked where they end.
        ...streams.map((stream) => ["XADD", stream, `${state.serial}-1`, "begin", ""]),
        ["HSET", keys.serials, ...holding.shares.flatMap(({ judged }, at) => [String(at), String(judged)])],
        // The run itself last, so that nobody finds half of it.
        ["SET", keys.card, JSON.stringify(card), ...lasting],
        ["SADD", all.runs, card.id],
      ]);
      await live(link);
      await removeEarlier(link);
    },
    storeImages,
    live,
    async ends(link) {
      const replies = await link.askAll(streams.map((stream) => ["XINFO", "STREAM", stream]));
      return replies.map((reply) => new Map(pairs(reply)).get("last-generated-id") ?? "");
    },
    get isMoveDue() {
      return isMoveDue;
    },
    beginningMoved() {
      isMoveDue = true;
    },
    async move(link) {
      const { state } = changes;
      const words = [String(state.serial), stateText(state), String(RUN_MILLISECONDS)];
      await link.ask(...run(moveBeginning(partitions), keys.card, keys.state, keys.serials, ...streams, ...words));
      if (changes.state === state) isMoveDue = false;
    },
    beginAgain() {
      isMoveDue = false;
      card = { ...card, id: `${first.id}.${++lives}` };
      keys = all.run(card.id);
      streams = streamsOfRun(keys, partitions);
    },
    async remove(link) {
      await link.askAll([["SREM", all.runs, card.id], ["UNLINK", ...keysOfRun(keys, partitions)]]);
    },
  };
}
