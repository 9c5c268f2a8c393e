// Which evidence waits for the next alert of a window, and which was already told: ids only, bounded over the whole run.

/** The ids of one profile's window. */
export interface RememberedIds {
  /** Not in an alert yet, oldest first. */
  pending: string[];
  /** Not in an alert yet, but beyond a bound: only counted. */
  omitted: number;
  /** Seen in this window, each with the number of alerts before it waited last. */
  seen: Map<string, number>;
  /** Alerts that took what waited. */
  taken: number;
}

/** All windows' ids, under one bound. */
export interface IdMemory {
  create(): RememberedIds;
  /** Notes an id as waiting for the next alert; false if this window has seen it. */
  add(ids: RememberedIds, id: string): boolean;
  /** Notes that a seen id came again: it waits for the next alert, if it does not already. */
  again(ids: RememberedIds, id: string): void;
  /** What waits for the alert; from then on it is told. */
  take(ids: RememberedIds): { listed: string[]; omitted: number };
  /** Forgets the ids of a window that is gone. */
  release(ids: RememberedIds): void;
  /** Ids that waited for an alert and had to go. */
  forgotten(): number;
}

/** Ids listed in one alert. Own choice: a default alert needs 75 findings of level low. */
export const IDS_PER_ALERT = 1000;
/** Ids of one window against which repetitions are recognised. */
const IDS_PER_WINDOW = 4000;
/** Ids remembered in all, so that memory does not grow with the length of a capture: about 100 bytes each. */
export const IDS_IN_ALL = 200_000;

/** An empty memory. */
export function createIdMemory(): IdMemory {
  /** Windows that hold ids, the one written longest ago first. */
  const holders = new Set<RememberedIds>();
  let size = 0;
  let forgotten = 0;

  function release(ids: RememberedIds): void {
    size -= ids.seen.size;
    forgotten += ids.pending.length;
    ids.omitted += ids.pending.length;
    ids.pending = [];
    ids.seen.clear();
    holders.delete(ids);
  }

  return {
    create: () => ({ pending: [], omitted: 0, seen: new Map(), taken: 0 }),
    add(ids, id) {
      if (ids.seen.has(id)) return false;
      ids.seen.set(id, ids.taken);
      size++;
      if (ids.pending.length < IDS_PER_ALERT) ids.pending.push(id);
      else ids.omitted++;
      if (ids.seen.size > IDS_PER_WINDOW) {
        for (const oldest of ids.seen.keys()) {
          ids.seen.delete(oldest);
          size--;
          break;
        }
      }
      holders.delete(ids);
      holders.add(ids);
      for (const oldest of holders) {
        if (size <= IDS_IN_ALL) break;
        release(oldest);
      }
      return true;
    },
    again(ids, id) {
      if (ids.seen.get(id) === ids.taken) return;
      ids.seen.set(id, ids.taken);
      if (ids.pending.length < IDS_PER_ALERT) ids.pending.push(id);
      else ids.omitted++;
    },
    take(ids) {
      const taken = { listed: ids.pending, omitted: ids.omitted };
      ids.pending = [];
      ids.omitted = 0;
      ids.taken++;
      return taken;
    },
    release,
    forgotten: () => forgotten,
  };
}
