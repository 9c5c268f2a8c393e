// The command line of smartshield; nothing else.

import { basename } from "node:path";
import { Argument, Command, CommanderError, Option } from "commander";
import { examine } from "./agent/doctor/examine.ts";
import { findingLine } from "./agent/doctor/finding.ts";
import { dissectFile } from "./agent/dissect-file.ts";
import { InputError } from "./agent/errors.ts";
import { addFleetCommands, readWorkers } from "./agent/fleet/cli.ts";
import { addIntelCommands } from "./agent/intel-cli.ts";
import { checkWhitelist, explainMatch, type Question } from "./agent/evidence/whitelist/explain.ts";
import { mistakeText } from "./agent/evidence/whitelist/file.ts";
import { readWhitelists } from "./agent/evidence/whitelist/read.ts";
import { whitelistTexts } from "./agent/evidence/whitelist/whitelist.ts";
import { jsonText, plainLines, plainText } from "./agent/export/text.ts";
import type { SaidFormat } from "./agent/source/input.ts";
import { type Kind, KINDS } from "./agent/record/schema.ts";
import { analyse } from "./agent/run.ts";
import { addShowCommand } from "./agent/show/cli.ts";
import { askAgent } from "./agent/control/client.ts";
import { stateDirectory } from "./agent/state-directory.ts";
import { createConsole, systemScreen } from "./agent/ui/console.ts";
import { askedText, peerListText, peerText, retractedText } from "./agent/ui/peers.ts";
import { VERSION } from "./agent/version.ts";
import { ConfigurationError, readConfigurationFile } from "./config/read.ts";
import type { Configuration } from "./config/schema.ts";
import { documentConfiguration } from "./config/document.ts";
import { typeNamed } from "./detectors/aliases.ts";
import { explainAll, explainType } from "./detectors/explain.ts";

/** Exit codes: the run could not be finished; the command or its input cannot be used. */
const FAILED = 1;
const BAD_INPUT = 2;

/** Options that name the input, and what each says that it is. */
const INPUTS = {
  read: undefined,
  pcap: "capture",
  zeek: "zeek",
  suricata: "suricata",
  argus: "argus",
  nfdump: "nfdump",
} as const satisfies Record<string, SaidFormat | undefined>;

interface AnalyseFlags extends Partial<Record<keyof typeof INPUTS, string>> {
  interface?: string;
  follow?: true;
  filter?: string;
  stdin?: SaidFormat;
  out?: string;
  config?: string;
  force?: true;
  fresh?: true;
  offline?: true;
  online?: true;
  workers?: string;
  store?: string;
  records: boolean;
  zeekLogs?: true;
  zeekFormat: "tsv" | "json";
  json?: true;
  quiet?: true;
}

/** The one input that was named, and what it was said to be. */
function namedInput(
  flags: AnalyseFlags,
): { input: string | undefined; said: SaidFormat | undefined; interfaces: string[] } {
  const named = (Object.keys(INPUTS) as (keyof typeof INPUTS)[]).filter((option) => flags[option] !== undefined);
  const others = (["interface", "stdin"] as const).filter((option) => flags[option] !== undefined);
  const [option] = named;
  if (named.length + others.length > 1) {
    const options = [...named, ...others].map((one) => `--${one}`).join(" and ");
    throw new InputError(`Only one input at a time: ${options} name several.`);
  }
  if (flags.interface !== undefined) return { input: undefined, said: undefined, interfaces: list(flags.interface) };
  if (flags.stdin !== undefined) return { input: undefined, said: flags.stdin, interfaces: [] };
  if (option === undefined) {
    throw new InputError(
      "Nothing to analyse: name a capture or logs with --read PATH (smartshield --help shows more).",
    );
  }
  return { input: flags[option]!, said: INPUTS[option], interfaces: [] };
}

/** The configuration file, overlaid with the command line. */
async function configurationOf(flags: AnalyseFlags, isSensor: boolean): Promise<Configuration> {
  const configuration = await readConfigurationFile(flags.config);
  if (flags.workers !== undefined) configuration.limits.workers = readWorkers(flags.workers);
  if (isSensor) {
    if (flags.workers !== undefined) {
      throw new InputError("smartshield sensor has no workers: those of smartshield detect judge (docs/fleet.md).");
    }
    configuration.limits.workers = configuration.fleet.partitions;
  }
  if (flags.store !== undefined) configuration.store.place = flags.store;
  if (!flags.records) configuration.store.records = false;
  return configuration;
}

async function analyseCommand(flags: AnalyseFlags, isSensor: boolean): Promise<number> {
  const { input, said, interfaces } = namedInput(flags);
  if (flags.follow && input === undefined) {
    throw new InputError(
      "--follow needs a file or a folder: what is watched or read from standard input is followed anyway.",
    );
  }
  const readAgain = () => configurationOf(flags, isSensor);
  const configuration = await readAgain();
  const mode = flags.json ? "json" : flags.quiet ? "quiet" : Deno.stdout.isTerminal() ? "terminal" : "plain";
  return await analyse(
    {
      input,
      said,
      interfaces,
      follow: flags.follow ?? false,
      filter: flags.filter,
      output: flags.out ?? `output/${input === undefined ? flags.interface ?? "stdin" : basename(input)}`,
      force: flags.force ?? false,
      fresh: flags.fresh ?? false,
      online: flags.offline ? false : flags.online,
      configuration,
      readAgain,
      zeekLogs: flags.zeekLogs ? flags.zeekFormat : undefined,
      isSensor,
    },
    createConsole(mode),
  );
}

/** Prints what is itself the result: when nobody reads it any more there is nothing left to do. */
function printText(text: string): void {
  if (!systemScreen().out(text)) Deno.exit(0);
}

/** Says what is not the result. Names of files and what is wrong with them may hold anything. */
function aside(text: string): void {
  systemScreen().err(`${plainLines(text)}\n`);
}

const program = new Command("smartshield")
  .description(
    "Watches network traffic, learns how each host behaves, and tells who attacks whom, and why it thinks so.",
  )
  .version(VERSION, "-V, --version")
  .option(
    "--read <path>",
    "what to analyse, recognised by its content: a capture (pcap, pcapng) or a folder of them, a folder of Zeek logs or one of them, Suricata's eve.json, Argus text, nfdump files; all of them also packed (gzip, zstd)",
  )
  .option("--pcap <file>", "a capture, and nothing else")
  .option("--zeek <path>", "a folder of Zeek logs or one of them, TSV or JSON")
  .option("--suricata <file>", "Suricata's eve.json")
  .option("--argus <file>", "flows of Argus as text: what ra writes, with a header")
  .option("--nfdump <file>", "a file of nfdump or nfcapd, or what nfdump -o writes")
  .addOption(
    new Option("--stdin <format>", "standard input in this format").choices([
      "capture",
      "zeek",
      "suricata",
      "argus",
      "nfdump",
    ]),
  )
  .option("--follow", "stay, and go on with what is added to the input: new lines, new files, rotated ones")
  .option("--interface <names>", "watch these interfaces, separated by commas, until Ctrl+C")
  .option("--filter <expression>", "only packets that pass this filter, as tcpdump has them (needs libpcap)")
  .option("--out <directory>", "where the results go (default: output/<name of the input>)")
  .option("--config <file>", "configuration file; what it leaves out keeps its default")
  .option("--force", "write into the output directory even if it holds other files")
  .option("--fresh", "with --interface or --follow: begin a new run instead of going on with the last one")
  .option("--workers <number>", "detector workers (default: processor cores less one)")
  .option(
    "--store <place>",
    "where what was found is kept for `smartshield show`: an SQLite file, a Redis (redis://HOST), or none (default: store.sqlite in the output directory)",
  )
  .option("--no-records", "keep hosts, evidence and alerts there, but not the records: smaller and faster")
  .option("--zeek-logs", "also write the records as Zeek logs, to zeek/ in the output directory")
  .addOption(new Option("--zeek-format <format>", "form of the Zeek logs").choices(["tsv", "json"]).default("tsv"))
  .option(
    "--offline",
    "contact nobody but a store that is named, whatever the configuration says (the default for files)",
  )
  .option("--online", "with files: contact the services that the configuration switches on (docs/privacy.md)")
  .option("--json", "print one JSON object at the end instead of text")
  .option("--quiet", "print nothing but what is wrong")
  .addHelpText(
    "after",
    `
Examples:
  smartshield --pcap office.pcap --out office      analyse a capture; results in office/
  smartshield --read /var/log/zeek/current         analyse the logs that Zeek wrote
  smartshield --read /var/log/zeek/current --follow   and those that it is going to write, until Ctrl+C
  tcpdump -i eth0 -w - | smartshield --stdin capture   analyse what another program captures, until it ends
  smartshield --read office.pcap --json | jq .     results for programs
  smartshield show alert 1c9f --store office       one alert, its evidence and the records that show it
  smartshield config > my.yaml                     all settings with their defaults and meaning

Exit codes: 0 analysed, 1 failed on the way, 2 the command or its input is wrong (what came before was analysed).`,
  )
  .action(async (flags: AnalyseFlags) => {
    exitCode = await analyseCommand(flags, false);
  });

addFleetCommands(program, {
  print: printText,
  aside,
  sensor: async (flags: AnalyseFlags) => void (exitCode = await analyseCommand(flags, true)),
});

program.command("config")
  .description("Print the configuration in force, documented.")
  .option("--config <file>", "configuration file to overlay the defaults with")
  .action(async (flags: { config?: string }, command: Command) => {
    const { config } = command.optsWithGlobals<{ config?: string }>();
    console.log(documentConfiguration(await readConfigurationFile(flags.config ?? config)).trimEnd());
  });

program.command("explain")
  .description("Tell what a type of finding means, what it may be instead, and what to do about it.")
  .argument("[type]", "its name, as alerts.log or the configuration has it; without it all types are listed")
  .action((name: string | undefined) => {
    const type = name === undefined ? undefined : typeNamed(name);
    if (name !== undefined && type === undefined) {
      throw new InputError(`There is no type of finding ${name}; smartshield explain lists all.`);
    }
    printText(type === undefined ? explainAll() : explainType(type));
  });

program.command("dissect")
  .description("Print the records of a capture as they come, one JSON object a line.")
  .argument("<file>", "capture: pcap or pcapng, plain or gzip")
  .option("--kind <kinds>", "only these kinds of records, separated by commas: conn,dns,http …")
  .option("--fields <fields>", "only these fields, separated by commas: ts,uid,id.orig_h …")
  .action(async (input: string, flags: { kind?: string; fields?: string }) => {
    const kinds = list(flags.kind);
    const unknown = kinds.find((kind) => !(KINDS as readonly string[]).includes(kind));
    if (unknown !== undefined) {
      throw new InputError(`There is no kind of record ${unknown}; there are ${KINDS.join(", ")}.`);
    }
    const damage = await dissectFile({ input, kinds: kinds as Kind[], fields: list(flags.fields) }, printText);
    if (damage === undefined) return;
    aside(`${damage}.`);
    exitCode = BAD_INPUT;
  });

/** Commands of `smartshield peers`: whether they need a word, and how their answer is shown. */
// deno-lint-ignore no-explicit-any -- each answer is what its command gives
const PEER_COMMANDS: Readonly<Record<string, { word: boolean; show: (answer: any, now: number) => string }>> = {
  list: { word: false, show: peerListText },
  show: { word: true, show: peerText },
  trust: { word: true, show: peerText },
  distrust: { word: true, show: peerText },
  ask: { word: true, show: askedText },
  retract: { word: true, show: retractedText },
};

program.command("peers")
  .description("Ask the running agent about the other agents on the local network, or about what they know.")
  .addArgument(
    new Argument("[command]", "what to do").choices(Object.keys(PEER_COMMANDS)).default("list"),
  )
  .argument("[word]", "a peer (its id, the beginning or end of it, or its address), or what to ask about: an IP")
  .option("--config <file>", "configuration of the running agent")
  .option("--json", "print the answer as JSON")
  .action(async (name: string, word: string | undefined, flags: { config?: string; json?: true }, command: Command) => {
    const { word: needed, show } = PEER_COMMANDS[name]!;
    if (needed && word === undefined) {
      const what = name === "ask" || name === "retract" ? "an address" : "a peer";
      throw new InputError(`smartshield peers ${name} needs ${what}: smartshield peers list shows the peers.`);
    }
    const { config, json } = command.optsWithGlobals<{ config?: string; json?: true }>();
    const { state } = await readConfigurationFile(flags.config ?? config);
    const words = word === undefined ? [] : [word];
    const answer = await askAgent(stateDirectory(state.directory), { topic: "peers", command: name, words });
    printText(flags.json || json ? `${jsonText(answer)}\n` : show(answer, Date.now() / 1000));
  });

program.command("doctor")
  .description("Examine this machine: rights, interfaces, libraries, disk and clock; each line says what to do.")
  .option("--interface <names>", "interfaces that are to be watched, separated by commas")
  .action((flags: { interface?: string }, command: Command) => {
    const names = flags.interface ?? command.optsWithGlobals<{ interface?: string }>().interface;
    const findings = examine({ interfaces: list(names), directory: ".", now: Date.now() / 1000 });
    printText(findings.map((finding) => `${findingLine(finding)}\n`).join(""));
    if (findings.some(({ state }) => state === "bad")) exitCode = FAILED;
  });

addIntelCommands(program, {
  print: printText,
  aside,
  failed: () => void (exitCode = FAILED),
});

addShowCommand(program, printText);

const whitelist = program.command("whitelist").description(
  "Ask and check whitelists; docs/whitelist.md explains them.",
);
whitelist.command("test")
  .description("Say which entry of the whitelists would match a host, and why.")
  .option("--ip <address>", "its address")
  .option("--domain <name>", "a name of it")
  .option("--mac <address>", "its MAC address")
  .option("--organisation <name>", "the organisation that it belongs to")
  .option("--asn <number>", "number of the autonomous system that announces it", Number)
  .addOption(
    new Option("--direction <end>", "the end of the traffic that it is").choices(["src", "dst"]).default("src"),
  )
  .addOption(new Option("--ignore <what>", "what would be ignored").choices(["alerts", "flows"]).default("alerts"))
  .option("--file <paths...>", "whitelists to ask instead of those that the configuration names")
  .option("--config <file>", "configuration file")
  .action(async (flags: Question & { file?: string[]; config?: string }, command: Command) => {
    const { config } = command.optsWithGlobals<{ config?: string }>();
    const { whitelist: sources } = await readConfigurationFile(flags.config ?? config);
    const { entries, mistakes } = readWhitelists(
      whitelistTexts(flags.file === undefined ? sources : { ...sources, files: flags.file, lists: [] }),
    );
    for (const mistake of mistakes) aside(mistakeText(mistake));
    printText(explainMatch(entries, flags).map((line) => `${plainText(line)}\n`).join(""));
  });
whitelist.command("check")
  .description(
    "Say what in whitelist files cannot be used, and what would be right; exit code 2 if there is something.",
  )
  .argument("<files...>", "whitelists, in YAML or the field's whitelist.conf form")
  .action((files: string[]) => {
    for (const { file, text } of whitelistTexts({ files, lists: [], list_length: 0 }).files) {
      const { lines, sound } = checkWhitelist(text, file);
      printText(lines.map((line) => `${plainText(line)}\n`).join(""));
      if (!sound) exitCode = BAD_INPUT;
    }
  });

function list(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(",").map((word) => word.trim()).filter((word) => word !== "");
}

let exitCode = 0;
// What is wrong is said in one sentence: the library's guesses would be a second.
for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
  command.exitOverride().showSuggestionAfterError(false);
}
try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? 0 : BAD_INPUT;
  else if (error instanceof InputError || error instanceof ConfigurationError) {
    aside(error.message);
    exitCode = BAD_INPUT;
  } else {
    aside(`smartshield failed: ${error instanceof Error ? error.message : String(error)}`);
    exitCode = FAILED;
  }
}
Deno.exit(exitCode);
