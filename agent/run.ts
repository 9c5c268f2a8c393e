// One run, top to bottom: traffic goes in; records, evidence, alerts and their files come out.
//
//   input -> dissector -> records -> profiles -> detectors -> evidence -> score -> alerts -> logs, console
//           `------- threads without permissions --------'   `------------ this thread ------------'

import { changesBetween, describeChanges } from "../config/changes.ts";
import { ConfigurationError } from "../config/read.ts";
import type { Configuration } from "../config/schema.ts";
import { openControl } from "./control/open.ts";
import { ALL_HASHES } from "./dissect/files/digest.ts";
import { InputError } from "./errors.ts";
import { openWhitelists } from "./evidence/whitelist/whitelist.ts";
import { openOutput } from "./export/output-directory.ts";
import type { Summary } from "./export/summary.ts";
import { createZeekLogs, type ZeekFormat } from "./export/zeek-log.ts";
import { filterForFiles } from "./file-filter.ts";
import { servicesOn } from "./intel/enrich/settings.ts";
import { openIntelligence } from "./intelligence.ts";
import { openKeeping } from "./keeping.ts";
import { readLeakSearch } from "./leak-search.ts";
import { openLookups, storedAnswer } from "./lookups.ts";
import { type Peers, startPeers } from "./peers.ts";
import { openResume } from "./resume.ts";
import { openFleetOf } from "./run/fleet.ts";
import { openSharing } from "./run/sharing.ts";
import { holdBack } from "./run/held-back.ts";
import { detectorComplaints, inputComplaints, writeSummary } from "./run/summing-up.ts";
import { captureSettings, threadSettings, windowWidthOf } from "./run/thread-settings.ts";
import { describeTakenUp, sizesIn, takeBack, toldInFiles } from "./run/take-back.ts";
import { createVerdicts } from "./run/verdicts.ts";
import { catchInterrupt, onSignal, within } from "./signals.ts";
import { damageOf } from "./source/damage.ts";
import { feed } from "./source/feed.ts";
import { followInput } from "./source/follow/feed.ts";
import type { SaidFormat } from "./source/input.ts";
import { describeLeftOut } from "./source/left-out.ts";
import { openFollowed, openInput, openNothing, openStandardInput } from "./source/open.ts";
import { knownStateDirectory, makeStateDirectory, stateDirectory } from "./state-directory.ts";
import { type Progress, startThreads, type ThreadReport } from "./threads.ts";
import type { Console } from "./ui/console.ts";
import { VERSION } from "./version.ts";
import { createWhitelistMarker } from "./whitelist-marker.ts";

export interface AnalyseOptions {
  /** Path of a file or a folder of logs; undefined for standard input, or when interfaces are watched. */
  input: string | undefined;
  /** What the user says it is; recognised by its content otherwise. */
  said: SaidFormat | undefined;
  /** The input is still being written: stay, and go on with what is added. */
  follow: boolean;
  /** Names of interfaces to watch until the user ends it. */
  interfaces: readonly string[];
  /** Only packets that pass this filter (pcap-filter(7)), of a capture or an interface. */
  filter: string | undefined;
  /** Directory for the results. */
  output: string;
  /** Write into a directory that holds other files. */
  force: boolean;
  /** Begin a new run even if an earlier one could go on. */
  fresh: boolean;
  /** Whether anybody may be contacted; undefined: on a wire and with inputs that grow, but not for files. */
  online: boolean | undefined;
  configuration: Configuration;
  /** Reads the configuration again, as at the beginning; throws a `ConfigurationError` when it is wrong. */
  readAgain: () => Promise<Configuration>;
  /** Also write the records as Zeek logs, in this form. */
  zeekLogs: ZeekFormat | undefined;
  /** Detectors are elsewhere: `smartshield detect` judges (docs/fleet.md). */
  isSensor: boolean;
}

/** Exit codes of a run: all analysed; the input was damaged or interrupted, and what came before the damage was analysed. */
const ANALYSED = 0;
const DAMAGED = 2;

/** Seconds for the orderly end after Ctrl+C; whoever asks for the end has it within 5. */
const ENDING_SECONDS = 4;
/** Milliseconds after which what was found is in the files, in runs that stay. */
const FLUSH_INTERVAL = 1000;

/**
 * Analyses traffic: a capture, or logs of other programs.
 * @returns the exit code.
 * @throws {InputError} when the input or the output directory cannot be used at all.
 */
export async function analyse(options: AnalyseOptions, console: Console): Promise<number> {
  let { configuration } = options;
  const windowWidth = windowWidthOf(configuration);
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const live = options.interfaces.length > 0;
  /** It goes on until the user ends it. */
  const stays = live || options.follow;

  // Files need no foreign functions from here on; of an interface's packets main sees none, so it can wait until they flow.
  const fileFilter = live || options.filter === undefined ? undefined : filterForFiles(options.filter);
  const giveUp = (name: "ffi" | "net"): void => void Deno.permissions.revokeSync({ name });
  if (!live) giveUp("ffi");
  const offline = !(options.online ?? stays);

  // What goes in, and where results go: both are checked before anything starts.
  const input = live
    ? openNothing(`interface ${options.interfaces.join(", ")}`)
    : options.input === undefined
    ? openStandardInput()
    : options.follow
    ? await openFollowed(options.input, options.said)
    : await openInput(options.input, options.said);
  const whitelists = openWhitelists(configuration.whitelist);
  // A run that stays goes on where an earlier one was interrupted, in its files as well.
  const state = (): string => makeStateDirectory(stateDirectory(configuration.state.directory));
  const early = holdBack();
  const resume = stays
    ? await openResume({
      settings: configuration.store,
      state,
      input: input.name,
      output: options.output,
      windowWidth,
      grows: options.follow,
      fresh: options.fresh,
    }, early.note)
    : undefined;
  const output = openOutput(options.output, { force: options.force, goOn: stays && !options.fresh });
  const hasTold = resume === undefined ? undefined : toldInFiles(options.output, resume);
  const zeekLogs = options.zeekLogs === undefined ? undefined : createZeekLogs(options.zeekLogs, output.lines);
  const log = (sentence: string): void => output.runLog.line(`${new Date().toISOString()} ${sentence}`);
  const warn = (sentence: string): void => {
    console.warning(sentence);
    log(sentence);
  };
  const note = (sentence: string, isUsual: boolean): void => (isUsual ? log : warn)(sentence);
  log(`smartshield ${VERSION} analyses ${input.name} (${input.size} bytes).`);
  console.started(input.name, input.size, options.output);
  early.release(note);

  // From evidence to alerts; whoever wants to know of them listens.
  const origin = (): number => Number.isNaN(threads.origin()) ? resume?.run.origin ?? NaN : threads.origin();
  const { detection } = configuration;
  const verdicts = createVerdicts({ detection, windowWidth, origin, output, told: resume?.told });
  verdicts.hear({ alert: (alert) => console.alert(alert) });
  let handedOver = 0;
  let progress: Progress = { packets: 0, bytes: 0, records: 0, clock: NaN };

  // On a wire: the socket by which this run is spoken to, and other agents on the network.
  let peers: Peers | undefined;
  const isSharing = live && configuration.p2p.enabled && !offline;
  const control = live
    ? await openControl(state, {
      peers: (command, words) =>
        peers?.command(command, words) ?? Promise.reject(new InputError("The agent runs without peers (p2p.enabled).")),
    }, { needed: isSharing, note: log })
    : undefined;
  if (isSharing) {
    peers = startPeers({
      settings: configuration.p2p,
      trust: configuration.trust,
      state: state(),
      output: options.output,
      windowWidth,
      origin,
      clock: () => progress.clock,
      whitelistMark: createWhitelistMarker(whitelists.current),
    }, { evidence: (evidence) => verdicts.evidence(evidence, progress.clock), warning: warn, log });
    verdicts.hear({ isOurs: peers.isOurTalk, evidence: peers.evidence, alert: peers.alert });
  }

  // What outlives the run and can be asked for later.
  const keeping = await openKeeping({
    settings: configuration.store,
    output: options.output,
    stays,
    state,
    input: input.name,
    windowWidth,
    run: resume?.run,
  }, warn);
  if (keeping !== undefined) {
    verdicts.hear(keeping);
    peers?.keepIn(keeping.facts);
  }
  const fleet = options.isSensor
    ? await openFleetOf(configuration, { input: input.name, run: resume?.run.id, stays, windowWidth })
    : undefined;
  const sharing = openSharing(configuration, keeping, { stays, offline }, warn);
  // Offline is nothing that anybody has to remember: without the permission no further thread can contact anybody. A store
  // on a server is the user's own; its thread has that address and no other.
  if (offline) giveUp("net");

  // What is known from outside: lists of what is malicious, databases, and, where the user allows it, services to ask.
  const intelligence = await openIntelligence({
    settings: configuration.intel,
    countryDatabase: configuration.enrichment.country_database,
    state: knownStateDirectory(configuration.state.directory),
    live: stays,
    offline,
    sharing,
    note: log,
  }, warn);
  log(`Threat intelligence: ${intelligence.size} indicators, table ${intelligence.signature}.`);
  const lookups = openLookups({
    settings: configuration.enrichment,
    offline,
    state: servicesOn(configuration.enrichment).length === 0 ? undefined : state(),
    sharing,
  }, {
    answers: (answers, unanswered) => threads.answer(answers, unanswered),
    answered: (one) => keeping?.facts({ answers: [storedAnswer(one)] }),
    warning: warn,
  });

  // The threads that turn packets into evidence.
  const threads = startThreads({
    ...threadSettings(configuration, {
      logs: zeekLogs !== undefined,
      fileHashes: lookups.ask === undefined ? intelligence.hashes.files : ALL_HASHES,
      certificateHashes: intelligence.hashes.certificates,
    }),
    streams: input.streams,
    said: options.said,
    grows: options.follow,
    filter: fileFilter,
    interfaces: captureSettings(configuration, options.interfaces, options.filter),
    live: stays,
    intel: intelligence.images(),
    lookups,
    whitelist: whitelists.current(),
    leaks: await readLeakSearch(configuration.leaks),
    store: keeping?.records,
    tape: resume?.tape(keeping?.before.records),
    fleet,
    keepRecords: zeekLogs !== undefined,
    tellHosts: isSharing ? configuration.trust.decision_period : undefined,
    repeats: verdicts.wantsRepeats,
  }, {
    evidence(evidence, clock) {
      const news = resume === undefined ? evidence : resume.news.evidence(evidence, clock);
      if (news !== undefined) verdicts.evidence(news, clock);
    },
    repeat(repeat, clock) {
      if (resume?.news.isNews(repeat, clock) ?? true) verdicts.repeat(repeat, clock);
    },
    live: () => live ? resume!.live() : void resume!.live(),
    replayed(records, hosts) {
      resume!.caughtUp();
      const sentence = describeTakenUp(resume!, { records, hosts, seconds: elapsed() });
      log(sentence);
      console.note(sentence);
    },
    records: (records) => zeekLogs?.write(records),
    hosts: (addresses) => peers?.hosts(addresses),
    gateway: (ip) => peers?.protect(ip, "our gateway"),
    progress(now) {
      progress = now;
      const { packets, records } = now;
      const alerts = verdicts.alerts.length;
      console.progress({ done: handedOver, size: input.size, packets, records, elapsed: elapsed(), alerts });
    },
    warning: warn,
  });

  if (resume !== undefined) {
    takeBack(resume, hasTold!, keeping, verdicts);
    flush();
  }

  // The capture thread has what it needs; nobody else will ever use foreign functions. And all who may contact somebody
  // have been started; only a peer that failed is started again.
  if (live) giveUp("ffi");
  if (!isSharing) giveUp("net");

  // What changes while the run goes on: lists, and what the user asks for by signals.
  for (const sentence of whitelists.complaints()) warn(sentence);
  intelligence.keepUpToDate((images) => threads.useIntel(images));
  const stopWatching = whitelists.watch((sentences) => {
    for (const sentence of sentences) warn(sentence);
    threads.whitelist(whitelists.current());
  });
  for (const { sentence, isUsual } of describeLeftOut(input.ignored)) note(sentence, isUsual);
  async function summarise(report: ThreadReport, damage: string | undefined): Promise<Summary> {
    const kind = live ? "live capture" : report.end.formats.join(", ");
    return writeSummary(output, {
      report,
      verdicts,
      progress,
      input: { path: input.name, kind, size: input.size, damage },
      seconds: elapsed(),
      takenUp: resume?.takenUp === undefined ? undefined : { ...resume.takenUp, began: resume.run.began },
      stored: await keeping?.settle(),
      lookups: lookups.counts(),
      peers: peers?.counters(),
      whitelist: { entries: whitelists.current().size, mistakes: whitelists.current().mistakes.length },
    });
  }
  function flush(): void {
    verdicts.flush();
    output.runLog.flush();
    peers?.flush();
    resume?.mark(threads.judgedClock(), threads.origin(), sizesIn(options.output));
  }
  async function tellSoFar(): Promise<void> {
    const { traffic, evidence, alerts } = await summarise(await threads.soFar(), undefined);
    log(`So far: ${traffic.packets} packets, ${evidence.total} pieces of evidence, ${alerts} alerts.`);
    flush();
  }
  async function readAgain(): Promise<void> {
    if (configuration.whitelist.files.length + configuration.whitelist.lists.length > 0) {
      for (const sentence of whitelists.reload()) warn(sentence);
      threads.whitelist(whitelists.current());
    }
    try {
      const next = await options.readAgain();
      const changes = changesBetween(configuration, next);
      configuration = next;
      verdicts.adjust(next.detection);
      threads.configure(next.detectors, next.detection.disabled_detectors);
      if (live && options.filter === undefined) threads.filter(next.capture.filter || undefined);
      warn(describeChanges(changes));
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      warn(`${error.message} The configuration stays as it was.`);
    }
    output.runLog.flush();
  }
  const disobeyed = (error: unknown): void => warn(`A signal could not be obeyed: ${String(error)}.`);
  const stopHearing = [onSignal("SIGUSR1", tellSoFar, disobeyed), onSignal("SIGHUP", readAgain, disobeyed)];
  const flushing = stays ? setInterval(flush, FLUSH_INTERVAL) : undefined;

  // Read until the end, or until the user has had enough: what was read by then is analysed to its end.
  const interruption = catchInterrupt();
  const stop = (): boolean => interruption.asked;
  const handOver = (bytes: number): void => void (handedOver += bytes);
  try {
    const over = live
      ? threads.failed
      : input.watch === undefined
      ? feed(input, threads, stop, handOver)
      : followInput(input.watch, threads, {
        waitForOthers: configuration.follow.wait_for_others,
        lookEvery: configuration.follow.look_every,
        memory: resume?.files(),
      }, { stop, handedOver: handOver, note });
    // Not only between two pieces: who waits for standard input would not hear Ctrl+C until something came. And a thread
    // that fails ends the run, whatever is still to be read.
    await Promise.race([over, interruption.heard, threads.failed]);
    if (!interruption.asked && lookups.ask !== undefined) {
      const settled = threads.judged().then(() => lookups.settled(configuration.enrichment.wait_at_end));
      await Promise.race([settled, interruption.heard]);
    }
    const report = await end();
    await peers?.stop();

    // What was found and what was lost, in files and on the terminal.
    const damage = stays
      ? undefined
      : interruption.asked
      ? `${input.name} was read up to byte ${handedOver.toLocaleString("en-GB")}, then interrupted`
      : damageOf(input.name, report.end);
    // A run that stays has told each complaint when it was met; how often it was, only its log needs.
    for (const sentence of inputComplaints(report)) if (sentence !== damage) note(`${sentence}.`, stays);
    for (const sentence of detectorComplaints(report)) warn(sentence);
    zeekLogs?.close(progress.clock);
    flush();
    verdicts.close();
    const summary = await summarise(report, damage);
    await keeping?.end(summary.input.kind, origin(), summary);
    const { traffic, evidence, alerts } = summary;
    log(`Done: ${traffic.packets} packets, ${evidence.total} pieces of evidence, ${alerts} alerts.`);
    console.finished({ summary, accounts: verdicts.accounts(), alerts: verdicts.alerts, output: options.output });
    if (damage !== undefined) warn(`${damage}.`);
    return damage === undefined ? ANALYSED : DAMAGED;
  } finally {
    control?.close();
    lookups.close();
    intelligence.close();
    await sharing?.close();
    await peers?.stop();
    interruption.release();
    clearInterval(flushing);
    for (const end of stopHearing) end();
    stopWatching();
    await threads.stop();
    await resume?.close();
    input.close();
    output.runLog.close();
  }

  /** What was read is judged to its end; but who has asked for the end does not wait for ever. */
  async function end(): Promise<ThreadReport> {
    // Asked before the end begins, after which the dissector has no time for questions.
    const soFar = threads.soFar();
    const whole = threads.finish();
    const cut = (): void => warn("The end took too long and was cut short: what was read last is not all judged.");
    const hurried = interruption.heard.then(() => within(ENDING_SECONDS, whole, soFar, cut));
    for (const unheeded of [soFar, hurried]) unheeded.catch(() => {});
    return await Promise.race([whole, hurried]);
  }
}
