// Runs every detector over one worker's share of the profiles: gives each record to those that read its kind, keeps
// their memories, their timers and the time windows, and turns findings into evidence that can be put in stream order.

import {
  type Evidence,
  EVIDENCE_TYPES,
  type Finding,
  type Repeat,
  type WhitelistMark,
} from "../agent/evidence/evidence.ts";
import { contentUuid } from "../agent/evidence/identity.ts";
import type { PackedEntries } from "../agent/evidence/whitelist/pack.ts";
import type { Batch, Step } from "../agent/profile/batch.ts";
import type { Fact } from "../agent/profile/facts.ts";
import type { Answer, Asked, Question } from "../agent/intel/enrich/question.ts";
import { type Intel, NO_INTEL } from "../agent/intel/intel.ts";
import { createNetworkPicture } from "../agent/profile/network.ts";
import { SET_BACK_SECONDS } from "../agent/record/set-back.ts";
import { type WindowClock, windowEnd, windowNumber } from "../agent/profile/window.ts";
import { KINDS } from "../agent/record/schema.ts";
import { type Context, type Detector, type Mark, type Role, settingsInForce } from "./contract.ts";
import {
  beginFold,
  countRepeat,
  createFolds,
  type Fold,
  foldKey,
  type Folds,
  isSame,
  lastWord,
  type Occurrence,
  repeatOf,
} from "./fold.ts";
import { contextOf } from "./known-hosts.ts";
import { type Asking, createQuestions } from "./questions.ts";
import { createTimerQueue } from "./timers.ts";
import { createMarker, type Marker } from "./whitelisting.ts";

/** Evidence with its place in the stream, by which the shares of all workers are merged. One of the two is there, or both. */
export interface PlacedEvidence {
  /** To be told: a finding for the first time, or again with a higher count. */
  evidence?: Evidence;
  /** To be counted: something known that came again. Only for scorers that want each. */
  repeat?: Repeat;
  /** Stream time at which it was raised; Infinity when the end of the input closed a window, which comes after all else. */
  clock: number;
  /** 0: a window closed, 1: a timer, 2: a record. At one clock they happen in this order. */
  phase: 0 | 1 | 2;
  position: number;
  sequence: number;
}

/**
 * Stream order of evidence; the profile decides between equals that no position tells apart, and the id where several
 * profiles raised something about the same one.
 */
export function compareEvidence(a: PlacedEvidence, b: PlacedEvidence): number {
  return (a.clock === b.clock ? 0 : a.clock - b.clock) || a.phase - b.phase || a.position - b.position ||
    compareText(subject(a).profile, subject(b).profile) || a.sequence - b.sequence ||
    compareText(subject(a).id, subject(b).id);
}

function subject({ evidence, repeat }: PlacedEvidence): { profile: string; id: string } {
  return (evidence ?? repeat)!;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What became of one detector in this worker. */
export interface DetectorHealth {
  name: string;
  /** Exceptions it threw. */
  failures: number;
  /** Message of the first one. */
  firstFailure: string | undefined;
  /** True once it was put to rest after `FAILURES_UNTIL_REST` exceptions. */
  atRest: boolean;
}

export interface EngineOptions {
  detectors: readonly Detector[];
  /** Configured settings by detector name; missing ones take the detector's defaults. */
  settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  windowWidth: number;
  live: boolean;
  /** Pass on every repeat of evidence that counts, for scorers that want each. */
  repeats?: boolean;
  /** Questions to the world outside that somebody answers, and what was answered before. */
  asked?: readonly Asked[];
  answers?: readonly Answer[];
  /** What is known from outside; nothing unless said. */
  intel?: Intel | undefined;
  /** Told before each call of a detector (its index) and after it (-1): the watchdog's view. */
  watch?: (detector: number) => void;
}

export interface Engine {
  /** Takes over what earlier records taught. */
  learn(facts: readonly Fact[]): void;
  /** Findings that these entries cover are marked from now on; undefined when there are none. */
  whitelist(entries: PackedEntries | undefined): void;
  /** Takes newer intelligence: it counts from the next batch on, and detectors look back at what they remember. */
  useIntel(intel: Intel): void;
  /** Settings and switched-off detectors from now on. A detector that the engine was not given cannot be switched on. */
  configure(settings: EngineOptions["settings"], disabled: readonly string[]): void;
  /** Takes answers, and questions that nobody could answer: those who asked are told at the beginning of the next batch. */
  answer(answers: readonly Answer[], unanswered: readonly Question[]): void;
  /** Questions asked since the last call, each once. */
  questions(): Question[];
  /** Works through a batch; evidence in the order it was raised. */
  process(batch: Batch): PlacedEvidence[];
  health(): DetectorHealth[];
  /** Profiles alive, timers waiting, and entries of the network picture that were forgotten. */
  counters(): Record<string, number>;
}

/** A detector that throws this often is put to rest. Own choice: enough to get past one odd record, not a broken detector. */
export const FAILURES_UNTIL_REST = 25;

/**
 * Timers of forgotten profiles that wait all the same, until they are looked for. Who makes up addresses by the thousand
 * has each remembered for a moment, and would have its timers remembered for half an hour.
 */
const ORPHANS = 4096;

/** Sequence numbers set aside for what one timer raises. */
const SEQUENCE_STEP = 256;

interface WindowState {
  number: number;
  memory: unknown[];
  marks: Mark[];
  folds: Folds | undefined;
}

/** One of the findings raised together: told for the first time (with the key to fold it under), or known already. */
type Raised =
  | { evidence: Evidence; key?: string; fold?: undefined; occurrence?: undefined }
  | { evidence?: undefined; key?: undefined; fold: Fold; occurrence: Occurrence };

interface ProfileState {
  memory: unknown[];
  windows: Map<number, WindowState>;
  /** The window last entered: nearly always the next one, too. */
  latest: WindowState | undefined;
  /** Timers set so far, and those that wait. */
  timers: number;
  waiting: number;
  /** Which of the lives of this name. */
  life: number;
}

interface Reader {
  index: number;
  judge: Call;
}

/** A judgement of a detector, its types taken off: of a record, a timer's note, or (first argument unused) a window's end. */
type Call = (subject: unknown, context: unknown) => void;

const KNOWN_TYPES: ReadonlySet<string> = new Set(EVIDENCE_TYPES);

/** The engine for one share of the profiles. */
export function createEngine(options: EngineOptions): Engine {
  const { detectors, watch = () => {} } = options;
  let settings = detectors.map((detector) => settingsInForce(detector, options.settings[detector.name]));
  /** By index: 1 for a detector that is put to rest or switched off. A look into a list of bytes, for each call. */
  const silent = new Uint8Array(detectors.length);
  const readers: Record<Role, Map<string, Reader[]>> = { client: new Map(), server: new Map() };
  for (const [index, detector] of detectors.entries()) {
    for (const role of detector.roles ?? ["client"]) {
      for (const kind of KINDS) {
        const judge = detector.on[kind] as Call | undefined;
        if (judge === undefined) continue;
        const list = readers[role].get(kind) ?? [];
        list.push({ index, judge });
        readers[role].set(kind, list);
      }
    }
  }
  const health: DetectorHealth[] = detectors.map(({ name }) => ({
    name,
    failures: 0,
    firstFailure: undefined,
    atRest: false,
  }));

  const picture = createNetworkPicture();
  const profiles = new Map<string, ProfileState>();
  const timers = createTimerQueue();
  let lives = 0;
  let orphans = 0;
  const windowClock: WindowClock = { origin: NaN, width: options.windowWidth };
  /** The window that is closed next; closings happen at the same times in all workers, whatever is open in each. */
  let nextClosing = NaN;
  let openWindows = 0;
  /** Since when nothing was missed, where the run was interrupted. */
  let watchedSince: number | undefined;
  let out: PlacedEvidence[] = [];
  let markOf: Marker | undefined;
  let intel = options.intel ?? NO_INTEL;
  let intelIsNew = false;
  const questions = createQuestions({
    asked: options.asked ?? [],
    answers: options.answers ?? [],
    live: options.live,
  }, () => now);
  /** Answers that were known when they were asked for: told when the detector that asked has come back. */
  const known: { asking: Asking; answer: Answer }[] = [];

  // What the context shows: set before each call of a detector.
  let ending = false;
  let now = 0;
  let phase: PlacedEvidence["phase"] = 2;
  let position = 0;
  let sequence = 0;
  let detectorIndex = 0;
  let profileName = "";
  let profileState: ProfileState;
  let windowState: WindowState;
  let role: Role = "client";
  let recordTime = 0;
  let recordUid: string | undefined;
  /** Those of the record in hand are made a list when somebody asks for them, as hardly any record is told of. */
  let recordUids: readonly string[] | undefined;

  // deno-lint-ignore no-explicit-any
  const context: Context<any, any, any> = {
    get profile() {
      return profileName;
    },
    get role() {
      return role;
    },
    get window() {
      return windowState.number;
    },
    get now() {
      return now;
    },
    get started() {
      return watchedSince ?? windowClock.origin;
    },
    live: options.live,
    get settings() {
      return settings[detectorIndex];
    },
    network: picture,
    get intel() {
      return intel;
    },
    get memory() {
      return profileState.memory[detectorIndex] ??= detectors[detectorIndex]!.memory?.();
    },
    get windowMemory() {
      return windowState.memory[detectorIndex] ??= detectors[detectorIndex]!.windowMemory?.();
    },
    after(seconds, note) {
      if (!(seconds > 0)) throw new RangeError(`a timer must wait longer than ${seconds} s`);
      timers.add({
        due: now + seconds,
        position,
        sequence: profileState.timers++,
        profile: profileName,
        life: profileState.life,
        window: windowState.number,
        detector: detectorIndex,
        note,
      });
      profileState.waiting++;
    },
    raise(...findings) {
      raise(findings);
    },
    ask(question, note) {
      const asking = {
        detector: detectorIndex,
        profile: profileName,
        window: windowState.number,
        note,
        time: recordTime,
        uids: uidsInHand(),
      };
      const answer = questions.ask(question, asking);
      if (answer !== undefined) known.push({ asking, answer });
    },
    mayAnswer: questions.mayAnswer,
    mark(mark) {
      if (!windowState.marks.includes(mark)) windowState.marks.push(mark);
    },
    marked: (mark) => windowState.marks.includes(mark),
  };

  function uidsInHand(): readonly string[] {
    return recordUids ??= recordUid === undefined ? [] : [recordUid];
  }

  function raise(findings: readonly Finding[]): void {
    const detector = detectors[detectorIndex]!;
    const mark = markOf?.(findings);
    const group = findings.map((finding): Raised => {
      if (!KNOWN_TYPES.has(finding.type) || !Object.hasOwn(detector.raises, finding.type)) {
        throw new TypeError(`detector ${detector.name} raised ${finding.type}, which it does not declare`);
      }
      const timestamp = finding.timestamp ?? recordTime;
      const window = finding.timestamp === undefined ? windowState.number : windowNumber(windowClock, timestamp);
      const occurrence = {
        finding,
        timestamp,
        uids: finding.uids ?? uidsInHand(),
        // NaN, a division by zero in a detector, counts as "not sure at all" rather than poisoning every sum after it.
        confidence: Math.min(1, Math.max(0, finding.confidence || 0)),
      };
      if (finding.fold === undefined) return { evidence: evidenceOf(occurrence, window, mark) };
      const folds = windowState.folds ??= createFolds();
      const profile = finding.profile ?? profileName;
      const place = foldKey(folds, detectorIndex, profile, window, finding, mark !== undefined);
      const fold = folds.byKey.get(place.key);
      if (fold !== undefined) return { fold, occurrence };
      const evidence = evidenceOf(occurrence, window, mark);
      evidence.mixed = place.mixed;
      return { evidence, key: place.key };
    });
    for (const { evidence, key, fold, occurrence } of group) {
      if (fold !== undefined) {
        repeatFold(fold, occurrence);
        continue;
      }
      if (group.length > 1) {
        evidence.related = group.map((other) => (other.fold ?? other).evidence!.id).filter((id) => id !== evidence.id);
      }
      if (key !== undefined) beginFold(windowState.folds!, key, detectorIndex, evidence);
      place({ evidence });
    }
  }

  function place(what: Pick<PlacedEvidence, "evidence" | "repeat">): void {
    const known = what.evidence === undefined ? undefined : contextOf(what.evidence, picture, intel, questions.address);
    if (known !== undefined) what.evidence!.context = known;
    out.push({ ...what, clock: ending ? Infinity : now, phase, position, sequence: sequence++ });
  }

  function repeatFold(fold: Fold, occurrence: Occurrence): void {
    if (isSame(fold, occurrence)) return;
    const evidence = countRepeat(fold, occurrence);
    const { threat, attacker } = occurrence.finding;
    // What counts nothing needs no counting.
    const repeat = options.repeats === true && attacker.direction === "src" && threat !== "info"
      ? repeatOf(fold, occurrence)
      : undefined;
    if (evidence === undefined && repeat === undefined) return;
    place({ ...evidence === undefined ? {} : { evidence }, ...repeat === undefined ? {} : { repeat } });
  }

  /** Tells how often everything was found by the end of a window. */
  function closeFolds({ folds }: WindowState): void {
    for (const fold of folds?.byKey.values() ?? []) {
      const evidence = lastWord(fold);
      if (evidence !== undefined) place({ evidence });
    }
  }

  function evidenceOf(
    { finding, timestamp, uids, confidence }: Occurrence,
    window: number,
    mark: WhitelistMark | undefined,
  ): Evidence {
    const { attacker, victim, type, threat, description } = finding;
    const profile = finding.profile ?? profileName;
    return {
      id: contentUuid([
        type,
        profile,
        window,
        timestamp,
        attacker.direction,
        attacker.kind,
        attacker.value,
        victim?.kind,
        victim?.value,
        description,
        ...uids,
      ]),
      type,
      detector: detectors[detectorIndex]!.name,
      threat,
      confidence,
      attacker,
      victim,
      profile,
      hostname: picture.hostname(profile),
      window,
      timestamp,
      count: 1,
      count_before: 0,
      since: timestamp,
      victims: victim === undefined ? 0 : 1,
      mixed: false,
      uids: [...new Set(uids)],
      proto: finding.proto,
      src_port: finding.src_port,
      dst_port: finding.dst_port,
      method: finding.method ?? "Heuristic",
      description,
      related: [],
      ...mark === undefined ? {} : { whitelisted: mark },
    };
  }

  function profileOf(name: string): ProfileState {
    let state = profiles.get(name);
    if (state === undefined) {
      state = { memory: [], windows: new Map(), latest: undefined, timers: 0, waiting: 0, life: lives++ };
      profiles.set(name, state);
    }
    return state;
  }

  function forget(name: string, at: number): void {
    const state = profiles.get(name);
    if (state === undefined) return;
    phase = 2;
    position = at;
    sequence = 0;
    for (const window of state.windows.values()) closeFolds(window);
    openWindows -= state.windows.size;
    profiles.delete(name);
    orphans += state.waiting;
    if (orphans < ORPHANS || orphans < timers.size / 2) return;
    timers.keepOnly(({ profile, life }) => profiles.get(profile)?.life === life);
    orphans = 0;
  }

  function windowOf(state: ProfileState, number: number): WindowState {
    if (state.latest?.number === number) return state.latest;
    let window = state.windows.get(number);
    if (window === undefined) {
      window = { number, memory: [], marks: [], folds: undefined };
      openWindows++;
      state.windows.set(number, window);
    }
    return state.latest = window;
  }

  /** Calls into a detector: what it throws is its own loss, never the run's. */
  function call(index: number, judge: Call, subject: unknown): void {
    if (silent[index] !== 0) return;
    detectorIndex = index;
    watch(index);
    try {
      judge(subject, context);
    } catch (error) {
      failed(index, error);
    }
    watch(-1);
    while (known.length > 0) tellAnswer(known.shift()!);
  }

  function failed(index: number, error: unknown): void {
    const condition = health[index]!;
    condition.failures++;
    condition.firstFailure ??= error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    condition.atRest = condition.failures >= FAILURES_UNTIL_REST;
    if (condition.atRest) silent[index] = 1;
  }

  /** Tells a detector the answer, as if the record were in hand that made it ask. */
  function tellAnswer({ asking, answer }: { asking: Asking; answer: Answer }): void {
    const judge = detectors[asking.detector]!.answered;
    const state = profiles.get(asking.profile);
    if (judge === undefined || state === undefined) return;
    recordTime = asking.time;
    recordUids = asking.uids;
    enter(asking.profile, state, windowOf(state, asking.window));
    call(asking.detector, (note, context) => judge(note, answer, context as typeof context & never), asking.note);
  }

  /** Tells the answers that have come since the last batch, at the time at which that ended: the same in all workers. */
  function tellAnswers(): void {
    phase = 2;
    position = -1;
    sequence = 0;
    role = "client";
    for (const each of questions.due()) tellAnswer(each);
  }

  /** Lets detectors look back with newer intelligence, at the time at which the last batch ended. */
  function lookBack(): void {
    if (!intelIsNew) return;
    intelIsNew = false;
    phase = 2;
    position = -1;
    role = "client";
    recordTime = now;
    recordUids = [];
    for (const [name, state] of profiles) {
      sequence = 0;
      for (const [index, { intelArrived }] of detectors.entries()) {
        if (intelArrived === undefined || state.memory[index] === undefined) continue;
        enter(name, state, windowOf(state, windowNumber(windowClock, now)));
        call(index, (_, looking) => intelArrived(looking as typeof context), undefined);
      }
    }
  }

  function learn(fact: Fact): void {
    picture.learn(fact);
    if (fact.fact !== "watching") return;
    if (fact.since < now - SET_BACK_SECONDS) startOver(fact.since);
    watchedSince = fact.since;
  }

  /** The clock was set back: all is judged as at the end of an input, and stream time goes on from `since`. */
  function startOver(since: number): void {
    const clock = now;
    while (timers.size > 0) fireTimer();
    closeWindows(Infinity, clock);
    profiles.clear();
    now = since;
    nextClosing = windowNumber(windowClock, now) - 1;
  }

  function enter(name: string, state: ProfileState, window: WindowState): void {
    profileName = name;
    profileState = state;
    windowState = window;
  }

  function fireTimer(): void {
    const timer = timers.take();
    if (timer === undefined) return;
    const state = profiles.get(timer.profile);
    const judge = detectors[timer.detector]!.timer;
    if (state?.life !== timer.life) return void orphans--;
    state.waiting--;
    if (judge === undefined) return;
    now = recordTime = timer.due;
    phase = 1;
    position = timer.position;
    sequence = timer.sequence * SEQUENCE_STEP;
    role = "client";
    recordUids = [];
    enter(timer.profile, state, windowOf(state, timer.window));
    call(timer.detector, judge as Call, timer.note);
  }

  function closeWindows(upTo: number, clock: number): void {
    now = clock;
    phase = 0;
    position = -1;
    role = "client";
    recordUids = [];
    for (const [name, state] of profiles) {
      for (const number of [...state.windows.keys()].sort((a, b) => a - b)) {
        if (number > upTo) break;
        enter(name, state, state.windows.get(number)!);
        sequence = 0;
        recordTime = Math.min(clock, windowEnd(windowClock, number));
        for (const [index, detector] of detectors.entries()) {
          const judge = detector.windowClosed;
          if (judge !== undefined) call(index, (_, closing) => judge(closing as typeof context), undefined);
        }
        closeFolds(windowState);
        state.windows.delete(number);
        state.latest = undefined;
        openWindows--;
      }
    }
  }

  /** A window is closed one width after its end: until then late records still find it open. */
  function closingTime(window: number): number {
    return windowEnd(windowClock, window) + windowClock.width;
  }

  /** Closes the windows and fires the timers that are due by `clock`, in the order of their times. */
  function advance(clock: number): void {
    for (;;) {
      if (openWindows === 0) {
        // Nothing to close: the closings up to now pass by.
        nextClosing = Math.max(nextClosing, windowNumber(windowClock, now) - 2);
        while (closingTime(nextClosing) <= now) nextClosing++;
      }
      const closesAt = openWindows === 0 ? Infinity : closingTime(nextClosing);
      const due = timers.nextDue();
      if (closesAt <= clock && closesAt <= due) closeWindows(nextClosing++, closesAt);
      else if (due <= clock) fireTimer();
      else break;
    }
    now = clock;
  }

  function judge(step: Step): void {
    const { record } = step;
    if (record === undefined) return;
    role = step.role ?? "client";
    const list = readers[role].get(record.kind);
    profileName = step.profile!;
    const state = profileOf(profileName);
    if (list === undefined) return;
    phase = 2;
    position = step.position;
    sequence = 0;
    recordTime = record.ts;
    recordUid = "uid" in record ? record.uid : undefined;
    recordUids = undefined;
    enter(profileName, state, windowOf(state, windowNumber(windowClock, record.ts)));
    for (const { index, judge } of list) call(index, judge, record);
  }

  return {
    learn(facts) {
      for (const fact of facts) learn(fact);
    },
    whitelist(entries) {
      markOf = entries === undefined ? undefined : createMarker(entries, picture, (ip) => intel.asnOf(ip)?.number);
    },
    useIntel(newer) {
      intel = newer;
      intelIsNew = true;
    },
    configure(now, disabled) {
      settings = detectors.map((detector) => settingsInForce(detector, now[detector.name]));
      for (const [index, { name }] of detectors.entries()) {
        silent[index] = health[index]!.atRest || disabled.includes(name) ? 1 : 0;
      }
    },
    answer: questions.take,
    questions: questions.toSend,
    process(batch) {
      out = [];
      if (Number.isNaN(windowClock.origin)) {
        windowClock.origin = now = batch.origin;
        nextClosing = windowNumber(windowClock, now) - 1;
      }
      lookBack();
      tellAnswers();
      for (const step of batch.steps) {
        if (step.clock > now) advance(step.clock);
        if (step.fact !== undefined) {
          if (step.fact.fact === "forget") forget(step.fact.profile, step.position);
          else learn(step.fact);
        } else judge(step);
      }
      if (batch.clock > now) advance(batch.clock);
      if (batch.last) {
        while (timers.size > 0) fireTimer();
        ending = true;
        closeWindows(Infinity, batch.clock);
      }
      return out;
    },
    health: () => health.map((condition) => ({ ...condition })),
    counters: () => ({
      profiles: profiles.size,
      timers: timers.size,
      questions_unanswered: questions.unanswered(),
      ...picture.forgotten(),
    }),
  };
}
