// One run, top to bottom: traffic goes in; records, evidence, alerts and their files come out.
//
//   input -> dissector -> records -> profiles -> detectors -> evidence -> score -> alerts -> logs, console
//           `------- threads without permissions --------'   `------------ this thread ------------'

import { changesBetween, describeChanges } from "../config/changes.ts";
import { ConfigurationError } from "../config/read.ts";
import type { Configuration } from "../config/schema.ts";
import { kindsRead } from "../detectors/contract.ts";
import { DETECTORS } from "../detectors/index.ts";
import { openControl } from "./control/open.ts";
import { ALL_HASHES } from "./dissect/files/digest.ts";
import { DEFAULT_SETTINGS } from "./dissect/flow/settings.ts";
import { readLeakSearch } from "./leak-search.ts";
import type { Alert, Evidence } from "./evidence/evidence.ts";
import { createScorer } from "./evidence/scorer.ts";
import { openWhitelists } from "./evidence/whitelist/whitelist.ts";
import { alertLine, evidenceLine } from "./export/alerts-log.ts";
import { type IdmefContext, idmefEvent, idmefIncident, idmefLine } from "./export/idmef.ts";
import { openOutput } from "./export/output-directory.ts";
import { type Summary, summaryOf } from "./export/summary.ts";
import { createZeekLogs, type ZeekFormat } from "./export/zeek-log.ts";
import { dropsOf } from "./drops.ts";
import { openKeeping } from "./keeping.ts";
import { InputError } from "./errors.ts";
import { servicesOn } from "./intel/enrich/settings.ts";
import { openIntelligence } from "./intelligence.ts";
import { openLookups } from "./lookups.ts";
import { damageOf } from "./source/damage.ts";
import { feed } from "./source/feed.ts";
import { followInput } from "./source/follow/feed.ts";
import type { SaidFormat } from "./source/input.ts";
import { filterForFiles } from "./file-filter.ts";
import { describeLeftOut } from "./source/left-out.ts";
import { openFollowed, openInput, openNothing, openStandardInput } from "./source/open.ts";
import { describeWarning } from "./source/warnings.ts";
import { type Peers, startPeers } from "./peers.ts";
import { catchInterrupt, onSignal, within } from "./signals.ts";
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
  /** Whether anybody may be contacted; undefined: on a wire and with inputs that grow, but not for files. */
  online: boolean | undefined;
  configuration: Configuration;
  /** Reads the configuration again, as at the beginning; throws a `ConfigurationError` when it is wrong. */
  readAgain: () => Promise<Configuration>;
  /** Also write the records as Zeek logs, in this form. */
  zeekLogs: ZeekFormat | undefined;
}

/** Exit codes of a run: all analysed; the input was damaged or interrupted, and what came before the damage was analysed. */
const ANALYSED = 0;
const DAMAGED = 2;

/** Seconds for the orderly end after Ctrl+C; whoever asks for the end has it within 5. */
const ENDING_SECONDS = 4;
/** Milliseconds after which what was found is in the files, in runs that stay. */
const FLUSH_INTERVAL = 1000;

/** Alerts kept for the final word; all of them are in the files. */
const ALERTS_KEPT = 1000;

/**
 * Analyses traffic: a capture, or logs of other programs.
 * @returns the exit code.
 * @throws {InputError} when the input or the output directory cannot be used at all.
 */
export async function analyse(options: AnalyseOptions, console: Console): Promise<number> {
  let { configuration } = options;
  const { traffic, detection, limits } = configuration;
  const windowWidth = traffic.time_window_width === "only_one_tw" ? Infinity : traffic.time_window_width;
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;

  // What goes in, and where results go: both are checked before anything starts.
  const live = options.interfaces.length > 0;
  const fileFilter = live || options.filter === undefined ? undefined : filterForFiles(options.filter);
  // Files need no foreign functions from here on; of an interface's packets main sees none, so it can wait until they flow.
  const giveUpForeignFunctions = (): void => void Deno.permissions.revokeSync({ name: "ffi" });
  if (!live) giveUpForeignFunctions();
  // Offline is nothing that anybody has to remember: without the permission no thread can contact anybody.
  const offline = !(options.online ?? (live || options.follow));
  if (offline) Deno.permissions.revokeSync({ name: "net" });
  const input = live
    ? openNothing(`interface ${options.interfaces.join(", ")}`)
    : options.input === undefined
    ? openStandardInput()
    : options.follow
    ? await openFollowed(options.input, options.said)
    : await openInput(options.input, options.said);
  const whitelists = openWhitelists(configuration.whitelist);
  const output = openOutput(options.output, { force: options.force });
  const alertsLog = output.lines("alerts/alerts.log");
  const alertsJson = output.lines("alerts/alerts.json");
  const zeekLogs = options.zeekLogs === undefined ? undefined : createZeekLogs(options.zeekLogs, output.lines);
  const log = (sentence: string): void => output.runLog.line(`${new Date().toISOString()} ${sentence}`);
  log(`smartshield ${VERSION} analyses ${input.name} (${input.size} bytes).`);
  console.started(input.name, input.size, options.output);

  // From evidence to alerts, in stream order.
  const scorer = createScorer({
    scorer: detection.scorer,
    sensitivity: detection.sensitivity,
    thresholdPerMinute: detection.evidence_detection_threshold,
    windowWidth,
    origin: () => threads.origin(),
  });
  let disabledEvidence = new Set(detection.disabled_evidence);
  const alerts: Alert[] = [];
  let disabled = 0;
  let whitelisted = 0;
  const contextAt = (clock: number, timestamp: number) => ({
    version: VERSION,
    clock: Number.isFinite(clock) ? clock : timestamp,
  });
  function judge(evidence: Evidence, clock: number): void {
    if (peers?.isOurTalk(evidence)) return;
    if (disabledEvidence.has(evidence.type)) {
      disabled += evidence.count - evidence.count_before;
      return;
    }
    const context = contextAt(clock, evidence.timestamp);
    // What the user's whitelist covers is told, but counts nothing.
    if (evidence.whitelisted !== undefined) whitelisted += evidence.count - evidence.count_before;
    const { score, alert } = evidence.whitelisted === undefined
      ? scorer.add(evidence)
      : { score: undefined, alert: undefined };
    alertsLog.line(evidenceLine(evidence));
    alertsJson.line(idmefLine(idmefEvent(evidence, score, context)));
    peers?.evidence(evidence);
    keeping?.evidence(evidence);
    if (alert !== undefined) tell(alert, context);
  }
  function tell(alert: Alert, context: IdmefContext): void {
    if (alerts.length < ALERTS_KEPT) alerts.push(alert);
    alertsLog.line(alertLine(alert));
    alertsJson.line(idmefLine(idmefIncident(alert, context)));
    console.alert(alert);
    peers?.alert(alert);
    keeping?.alert(alert);
  }

  // The threads that turn packets into evidence.
  let handedOver = 0;
  let progress: Progress = { packets: 0, bytes: 0, records: 0, clock: NaN };
  const warn = (sentence: string): void => {
    console.warning(sentence);
    log(sentence);
  };

  // On a wire: the socket by which this run is spoken to, and other agents on the network.
  let peers: Peers | undefined;
  const state = (): string => makeStateDirectory(stateDirectory(configuration.state.directory));
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
      origin: () => threads.origin(),
      clock: () => progress.clock,
      whitelistMark: createWhitelistMarker(whitelists.current),
    }, { evidence: (evidence) => judge(evidence, progress.clock), warning: warn, log });
  }

  // What outlives the run and can be asked for later.
  const keeping = await openKeeping({
    settings: configuration.store,
    output: options.output,
    stays: live || options.follow,
    state,
    input: input.name,
    windowWidth,
  }, warn);

  // What is known from outside: lists of what is malicious, databases, and, where the user allows it, services to ask.
  const intelligence = await openIntelligence({
    settings: configuration.intel,
    countryDatabase: configuration.enrichment.country_database,
    state: knownStateDirectory(configuration.state.directory),
    live: live || options.follow,
    offline,
  }, warn);
  log(`Threat intelligence: ${intelligence.size} indicators, table ${intelligence.signature}.`);
  const lookups = openLookups({
    settings: configuration.enrichment,
    offline,
    state: servicesOn(configuration.enrichment).length === 0 ? undefined : state(),
  }, { answers: (answers, unanswered) => threads.answer(answers, unanswered), warning: warn });

  const threads = startThreads({
    intel: intelligence.images(),
    lookups,
    streams: input.streams,
    said: options.said,
    grows: options.follow,
    filter: fileFilter,
    interfaces: live
      ? {
        names: options.interfaces,
        dissectors: configuration.capture.dissectors,
        settings: {
          promiscuous: configuration.capture.promiscuous,
          ringMebibytes: configuration.capture.ring_mebibytes,
          queueMebibytes: configuration.capture.queue_mebibytes,
          filter: options.filter ?? (configuration.capture.filter || undefined),
        },
      }
      : undefined,
    router: {
      workers: limits.workers === 0 ? Math.max(1, navigator.hardwareConcurrency - 1) : limits.workers,
      direction: traffic.analysis_direction,
      profiles: limits.profiles,
      clientIps: traffic.client_ips,
      judged: kindsRead(DETECTORS),
    },
    dissector: {
      ...DEFAULT_SETTINGS,
      tcpInactivityTimeout: configuration.flows.tcp_inactivity_timeout,
      udpInactivityTimeout: configuration.flows.udp_inactivity_timeout,
      icmpInactivityTimeout: configuration.flows.icmp_inactivity_timeout,
      tcpAttemptDelay: configuration.flows.tcp_attempt_delay,
      maximumFlows: limits.flows,
      reassemblyBytes: limits.reassembly_bytes,
      logDetails: zeekLogs !== undefined,
      fileHashes: lookups.ask === undefined ? intelligence.hashes.files : ALL_HASHES,
      certificateHashes: intelligence.hashes.certificates,
    },
    detectors: configuration.detectors,
    detectorNames: DETECTORS.map(({ name }) => name),
    disabled: detection.disabled_detectors,
    windowWidth,
    live: live || options.follow,
    repeats: scorer.wantsRepeats,
    whitelist: whitelists.current(),
    leaks: configuration.leaks.enabled ? await readLeakSearch(configuration.leaks.rules_folder) : undefined,
    store: keeping?.port,
    keepRecords: zeekLogs !== undefined,
    tellHosts: isSharing ? configuration.trust.decision_period : undefined,
    hangSeconds: detection.detector_hang_seconds,
  }, {
    evidence: judge,
    repeat(repeat, clock) {
      const { alert } = scorer.repeat(repeat);
      if (alert !== undefined) tell(alert, contextAt(clock, repeat.timestamp));
    },
    records: (records) => zeekLogs?.write(records),
    hosts: (addresses) => peers?.hosts(addresses),
    gateway: (ip) => peers?.protect(ip, "our gateway"),
    progress(now) {
      progress = now;
      console.progress({
        done: handedOver,
        size: input.size,
        packets: now.packets,
        records: now.records,
        elapsed: elapsed(),
        alerts: alerts.length,
      });
    },
    warning: warn,
  });

  for (const sentence of whitelists.complaints()) warn(sentence);
  intelligence.keepUpToDate((images) => threads.useIntel(images));
  const stopWatching = whitelists.watch((sentences) => {
    for (const sentence of sentences) warn(sentence);
    threads.whitelist(whitelists.current());
  });

  // The capture thread has what it needs; nobody else will ever use foreign functions.
  if (live) giveUpForeignFunctions();
  // And all who may contact somebody have been started; only a peer that failed is started again.
  if (!isSharing) Deno.permissions.revokeSync({ name: "net" });

  // What is left out is said; what is no wonder, like Zeek's logs about itself, only in the run's own log.
  for (const { sentence, isUsual } of describeLeftOut(input.ignored)) (isUsual ? log : warn)(sentence);

  /** What was found and what was lost. */
  async function summarise(report: ThreadReport, damage: string | undefined): Promise<Summary> {
    const stored = await keeping?.settle();
    const counts = scorer.counts();
    const summary = summaryOf({
      version: VERSION,
      input: {
        path: input.name,
        kind: live ? "live capture" : report.end.formats.join(", "),
        size: input.size,
        damage,
      },
      first: report.first,
      last: report.last,
      runSeconds: elapsed(),
      packets: progress.packets,
      bytes: progress.bytes,
      records: report.router.records,
      drops: dropsOf(report, counts, disabled, stored),
      profiles: report.router.profiles,
      evidence: counts,
      lookups: lookups.counts(),
      peers: peers?.counters(),
      whitelist: {
        evidence: whitelisted,
        records: report.router.records_whitelisted,
        entries: whitelists.current().size,
        mistakes: whitelists.current().mistakes.length,
      },
      alerts: counts.alerts,
      profiles_with_alerts: counts.profiles_with_alerts,
      detectors: report.health.map((health) => ({ ...health, hung: report.hung.includes(health.name) })),
      files: output.files(),
    });
    output.replace("summary.json", JSON.stringify(summary, undefined, 2));
    return summary;
  }

  // While it runs: SIGUSR1 writes the summary so far, SIGHUP reads whitelists and configuration again.
  async function tellSoFar(): Promise<void> {
    const { traffic, evidence, alerts } = await summarise(await threads.soFar(), undefined);
    flush();
    log(`So far: ${traffic.packets} packets, ${evidence.total} pieces of evidence, ${alerts} alerts.`);
    output.runLog.flush();
  }
  async function readAgain(): Promise<void> {
    if (configuration.whitelist.files.length + configuration.whitelist.lists.length > 0) {
      for (const sentence of whitelists.reload()) warn(sentence);
      threads.whitelist(whitelists.current());
    }
    let next: Configuration;
    try {
      next = await options.readAgain();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      warn(`${error.message} The configuration stays as it was.`);
      return;
    }
    const changes = changesBetween(configuration, next);
    configuration = next;
    disabledEvidence = new Set(next.detection.disabled_evidence);
    scorer.adjust({
      sensitivity: next.detection.sensitivity,
      thresholdPerMinute: next.detection.evidence_detection_threshold,
    });
    threads.configure(next.detectors, next.detection.disabled_detectors);
    if (live && options.filter === undefined) threads.filter(next.capture.filter || undefined);
    warn(describeChanges(changes));
    output.runLog.flush();
  }
  function flush(): void {
    alertsLog.flush();
    alertsJson.flush();
    output.runLog.flush();
    peers?.flush();
  }
  const failed = (error: unknown): void => warn(`A signal could not be obeyed: ${String(error)}.`);
  const stopHearing = [onSignal("SIGUSR1", tellSoFar, failed), onSignal("SIGHUP", readAgain, failed)];
  const flushing = live || options.follow ? setInterval(flush, FLUSH_INTERVAL) : undefined;

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
      }, { stop, handedOver: handOver, note: (sentence, isUsual) => (isUsual ? log : warn)(sentence) });
    // Not only between two pieces: who waits for standard input would not hear Ctrl+C until something came. And a thread
    // that fails ends the run, whatever is still to be read.
    await Promise.race([over, interruption.heard, threads.failed]);
    const cut = "The end took too long and was cut short: what was read last is not all judged.";
    if (!interruption.asked && lookups.ask !== undefined) {
      const settled = threads.judged().then(() => lookups.settled(configuration.enrichment.wait_at_end));
      await Promise.race([settled, interruption.heard]);
    }
    // Asked before the end begins, after which the dissector has no time for questions.
    const soFar = threads.soFar();
    const whole = threads.finish();
    const hurried = interruption.heard.then(() => within(ENDING_SECONDS, whole, soFar, () => warn(cut)));
    for (const unheeded of [soFar, hurried]) unheeded.catch(() => {});
    const report = await Promise.race([whole, hurried]);
    await peers?.stop();

    const isStaying = live || options.follow;
    const damage = isStaying
      ? undefined
      : interruption.asked
      ? `${input.name} was read up to byte ${handedOver.toLocaleString("en-GB")}, then interrupted`
      : damageOf(input.name, report.end);
    for (const sentence of report.end.warnings.map(describeWarning)) {
      // A run that stays has told each when it was met; how often it was, only its log needs.
      if (sentence !== damage) (isStaying ? log : warn)(`${sentence}.`);
    }
    for (const { name, failures, firstFailure, atRest } of report.health) {
      if (failures > 0) {
        warn(
          `Detector ${name} failed ${failures} times (${firstFailure})${
            atRest ? " and was put to rest" : ""
          }. Please report this.`,
        );
      }
    }

    zeekLogs?.close(progress.clock);
    alertsLog.close();
    alertsJson.close();
    const summary = await summarise(report, damage);
    await keeping?.end(summary.input.kind, threads.origin(), summary);
    log(
      `Done: ${summary.traffic.packets} packets, ${summary.evidence.total} pieces of evidence, ${summary.alerts} alerts.`,
    );
    console.finished({ summary, accounts: scorer.account(), alerts, output: options.output });
    if (damage !== undefined) warn(`${damage}.`);
    return damage === undefined ? ANALYSED : DAMAGED;
  } finally {
    control?.close();
    lookups.close();
    intelligence.close();
    await peers?.stop();
    interruption.release();
    clearInterval(flushing);
    for (const end of stopHearing) end();
    stopWatching();
    threads.stop();
    input.close();
    output.runLog.close();
  }
}
