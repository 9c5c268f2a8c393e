// One run, top to bottom: traffic goes in; records, evidence, alerts and their files come out.
//
//   input -> dissector -> records -> profiles -> detectors -> evidence -> score -> alerts -> logs, console
//           `------- threads without permissions --------'   `------------ this thread ------------'

import { ALL_HASHES } from "./dissect/files/digest.ts";
import { openWhitelists } from "./evidence/whitelist/whitelist.ts";
import { openOutput } from "./export/output-directory.ts";
import type { Summary } from "./export/summary.ts";
import { createZeekLogs } from "./export/zeek-log.ts";
import { filterForFiles } from "./file-filter.ts";
import { servicesOn } from "./intel/enrich/settings.ts";
import { openIntelligence } from "./intelligence.ts";
import { openKeeping } from "./keeping.ts";
import { readLeakSearch } from "./leak-search.ts";
import { openLookups, storedAnswer } from "./lookups.ts";
import { openResume } from "./resume.ts";
import { endOf } from "./run/ending.ts";
import { openFleetOf } from "./run/fleet.ts";
import { holdBack } from "./run/held-back.ts";
import type { AnalyseOptions } from "./run/options.ts";
import { readAgain } from "./run/read-again.ts";
import { openSharing } from "./run/sharing.ts";
import { detectorComplaints, inputComplaints, writeSummary } from "./run/summing-up.ts";
import { describeTakenUp, onlyNews, sizesIn, takeBack, toldInFiles } from "./run/take-back.ts";
import { openTalk } from "./run/talk.ts";
import { captureSettings, threadSettings, windowWidthOf } from "./run/thread-settings.ts";
import { createVerdicts } from "./run/verdicts.ts";
import { createVoice } from "./run/voice.ts";
import { openWhatGoesIn } from "./run/what-goes-in.ts";
import { catchInterrupt, onSignal } from "./signals.ts";
import { damageOf } from "./source/damage.ts";
import { feed } from "./source/feed.ts";
import { followInput } from "./source/follow/feed.ts";
import { describeLeftOut } from "./source/left-out.ts";
import { knownStateDirectory, makeStateDirectory, stateDirectory } from "./state-directory.ts";
import { type Progress, startThreads, type ThreadReport } from "./threads.ts";
import type { Console } from "./ui/console.ts";
import { VERSION } from "./version.ts";

/** Exit codes of a run: all analysed; the input was damaged or interrupted, and what came before the damage was analysed. */
const ANALYSED = 0;
const DAMAGED = 2;

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
  const input = await openWhatGoesIn(options);
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
  const { log, warn, note } = createVoice(output, console);
  log(`smartshield ${VERSION} analyses ${input.name} (${input.size} bytes).`);
  console.started(input.name, input.size, options.output);
  early.release(note);
  if (output.danger !== undefined) warn(output.danger);

  // From evidence to alerts; whoever wants to know of them listens.
  const origin = (): number => Number.isNaN(threads.origin()) ? resume?.run.origin ?? NaN : threads.origin();
  const { detection } = configuration;
  const verdicts = createVerdicts({ detection, windowWidth, origin, output, told: resume?.told });
  verdicts.hear({ alert: (alert) => console.alert(alert) });
  let handedOver = 0;
  let progress: Progress = { packets: 0, bytes: 0, records: 0, clock: NaN };

  // On a wire: the socket by which this run is spoken to, and other agents on the network.
  const talk = live
    ? await openTalk({
      configuration,
      offline,
      state,
      output: options.output,
      windowWidth,
      origin,
      clock: () => progress.clock,
      whitelist: whitelists.current,
    }, { evidence: (evidence) => verdicts.evidence(evidence, progress.clock), warning: warn, log })
    : undefined;
  const peers = talk?.peers;
  if (peers !== undefined) verdicts.hear({ isOurs: peers.isOurTalk, evidence: peers.evidence, alert: peers.alert });

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
    tellHosts: peers === undefined ? undefined : configuration.trust.decision_period,
    repeats: verdicts.wantsRepeats,
  }, {
    ...onlyNews(resume, verdicts),
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
  if (peers === undefined) giveUp("net");

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
  async function applyChanges(): Promise<void> {
    const filters = live && options.filter === undefined;
    const changing = { read: options.readAgain, whitelists, threads, verdicts, filters, warn };
    configuration = await readAgain(configuration, changing);
    output.runLog.flush();
  }
  const disobeyed = (error: unknown): void => warn(`A signal could not be obeyed: ${String(error)}.`);
  const stopHearing = [onSignal("SIGUSR1", tellSoFar, disobeyed), onSignal("SIGHUP", applyChanges, disobeyed)];
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
    const report = await endOf(threads, interruption, warn);
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
    await talk?.close();
    lookups.close();
    intelligence.close();
    await sharing?.close();
    interruption.release();
    clearInterval(flushing);
    for (const end of stopHearing) end();
    stopWatching();
    await threads.stop();
    await resume?.close();
    input.close();
    output.runLog.close();
  }
}
