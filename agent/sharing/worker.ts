// The thread of sharing: it may contact the Redis that sensors share, and nothing else. What it cannot do because the
// server is away it says; main then does without.

import { StoreError } from "../store/store.ts";
import { blobKeys, getBlob } from "../store/redis/blob.ts";
import { keysOf } from "../store/redis/keys.ts";
import { connect, type Link } from "../store/redis/link.ts";
import { readFeeds, readLease, writeFeed } from "./feeds.ts";
import { sharingKeys } from "./keys.ts";
import type { Covered, FromSharing, Round, ToSharing } from "./messages.ts";
import { createQuestions } from "./questions.ts";
import { GIVE_BACK, script, SHOW_UP, TAKE_OR_RENEW } from "./scripts.ts";

const thread = self as unknown as {
  postMessage(message: FromSharing): void;
  onmessage: ((event: MessageEvent<ToSharing>) => void) | null;
};

/** Milliseconds that a lease lasts; it is renewed so often in that time that two renewals may be missed. */
const LEASE_MILLISECONDS = 60_000;
const RENEWALS = 3;
/** Milliseconds before a server that was away is tried again. */
const RETRY_MILLISECONDS = 5000;

type Start = Extract<ToSharing, { say: "start" }>;
type Asked = Exclude<ToSharing, Start>;

thread.onmessage = ({ data }) => {
  if (data.say === "start") open(data);
};

function open({ place, sensor, token, serviceKeys, lease: leaseMilliseconds = LEASE_MILLISECONDS }: Start): void {
  const keys = sharingKeys(place.prefix);
  const storeKeys = keysOf(place.prefix);
  const blobs = blobKeys(place.prefix);
  let link: Promise<Link> | undefined;
  let failedAt = -Infinity;
  /** What we say in the lease while we want it. */
  let wanted: string | undefined;
  /** Since when another run goes by our name (`performance.now`); told once. */
  let otherSince: number | undefined;
  let isNameTold = false;
  const told = new Map<string, number>();

  /** Does something with the server, connecting first when that is necessary. */
  async function use<T>(work: (link: Link) => Promise<T>): Promise<T> {
    if (link === undefined && performance.now() - failedAt < RETRY_MILLISECONDS) {
      throw new StoreError(`The store ${place.where} is away.`);
    }
    const current = link ??= connect(place, ["EXISTS", keys.lease]);
    try {
      return await work(await current);
    } catch (error) {
      failedAt = performance.now();
      if (link === current) link = undefined;
      current.then((broken) => broken.close()).catch(() => {});
      throw error;
    }
  }

  const questions = createQuestions(use, keys, storeKeys, token);

  const takeOrRenew = (lease: string): Promise<string> =>
    use(async (link) => String(await link.ask(...script(TAKE_OR_RENEW, keys.lease, lease, String(leaseMilliseconds)))));

  async function round(feeds: readonly Covered[], mayUpdate: boolean): Promise<Round> {
    if (wanted !== undefined && !mayUpdate) {
      const lease = wanted;
      await use((link) => link.ask(...script(GIVE_BACK, keys.lease, lease)));
    }
    wanted = mayUpdate ? JSON.stringify({ sensor, token, feeds }) : undefined;
    const held = wanted === undefined
      ? await use((link) => link.ask("GETRANGE", keys.lease, "0", "65535")) as string
      : await takeOrRenew(wanted);
    const known = await use((link) => readFeeds(link, keys, feeds.map(({ name }) => name), Date.now() / 1000));
    if (held === "") return { updates: "nobody", sensor: "", covers: [], feeds: known };
    const lease = readLease(held);
    return { updates: held === wanted ? "we" : "another", sensor: lease.sensor, covers: lease.feeds, feeds: known };
  }

  /** That we are there: for the lease, for our name, and for those who use the same keys of services. */
  async function showUp(): Promise<void> {
    if (wanted !== undefined) await takeOrRenew(wanted);
    const milliseconds = String(leaseMilliseconds);
    const named = await use((link) => link.ask(...script(TAKE_OR_RENEW, keys.sensor(sensor), token, milliseconds)));
    otherSince = named === token ? undefined : otherSince ?? performance.now();
    // What a run that was killed has left behind goes by itself; who is still there after that goes on.
    if (otherSince !== undefined && performance.now() - otherSince > leaseMilliseconds && !isNameTold) {
      isNameTold = true;
      thread.postMessage({
        say: "warning",
        sentence:
          `Another run that goes on writes to ${place.where} as sensor ${sensor}: nobody can tell who saw what; give each a name of its own (store.sensor).`,
      });
    }
    for (const [service, key] of Object.entries(serviceKeys)) {
      const all = await use((link) => link.ask(...script(SHOW_UP, keys.holders(service, key), token, milliseconds)));
      const sensors = Math.max(1, Number(all));
      if (told.get(service) !== sensors) thread.postMessage({ say: "holders", service, sensors });
      told.set(service, sensors);
    }
  }

  async function close(): Promise<void> {
    clearInterval(showing);
    questions.close();
    const lease = wanted;
    wanted = undefined;
    await use(async (link) => {
      if (lease !== undefined) await link.ask(...script(GIVE_BACK, keys.lease, lease));
      await link.ask(...script(GIVE_BACK, keys.sensor(sensor), token));
      await link.askAll(
        Object.entries(serviceKeys).map(([service, key]) => ["ZREM", keys.holders(service, key), token]),
      );
      await link.close();
    });
  }

  function answer(asked: Asked): Promise<unknown> {
    switch (asked.say) {
      case "round":
        return round(asked.feeds, asked.mayUpdate);
      case "text":
        return use((link) => getBlob(link, blobs, asked.feed));
      case "publish":
        return use((link) => writeFeed(link, keys, blobs, asked.feed, asked.text));
      case "find":
        return questions.find(asked.question);
      case "close":
        return close();
    }
  }

  thread.onmessage = async ({ data }) => {
    if (data.say === "start") return;
    const { number } = data;
    try {
      thread.postMessage({ number, result: await answer(data) });
    } catch (error) {
      thread.postMessage({ number, problem: error instanceof Error ? error.message : String(error) });
    }
  };
  // What fails is tried again, and told by whoever asks for something.
  const showUpNow = (): Promise<void> => showUp().catch(() => {});
  const showing = setInterval(showUpNow, leaseMilliseconds / RENEWALS);
  void showUpNow();
}
