// The command line of smartshield; nothing else.

import { Command, CommanderError, Option } from "commander";
import { dissectFile } from "./agent/dissect-file.ts";
import { InputError } from "./agent/errors.ts";
import { type Kind, KINDS } from "./agent/record/schema.ts";
import { analyse } from "./agent/run.ts";
import { createConsole, systemScreen } from "./agent/ui/console.ts";
import { VERSION } from "./agent/version.ts";
import { ConfigurationError, readConfigurationFile } from "./config/read.ts";
import { documentConfiguration } from "./config/document.ts";

/** Exit codes: the run could not be finished; the command or its input cannot be used. */
const FAILED = 1;
const BAD_INPUT = 2;

interface AnalyseFlags {
  pcap?: string;
  read?: string;
  out?: string;
  config?: string;
  force?: true;
  workers?: string;
  zeekLogs?: true;
  zeekFormat: "tsv" | "json";
  json?: true;
  quiet?: true;
}

async function analyseCommand(flags: AnalyseFlags): Promise<number> {
  const input = flags.pcap ?? flags.read;
  if (input === undefined) {
    throw new InputError("Nothing to analyse: name a capture with --pcap FILE (smartshield --help shows more).");
  }
  if (flags.pcap !== undefined && flags.read !== undefined) {
    throw new InputError("--pcap and --read name the same thing twice: use one of them.");
  }
  const configuration = await readConfigurationFile(flags.config);
  if (flags.workers !== undefined) {
    const workers = Number(flags.workers);
    if (!Number.isInteger(workers) || workers < 1 || workers > 64) {
      throw new InputError(`--workers is ${flags.workers} but must be a whole number from 1 to 64.`);
    }
    configuration.limits.workers = workers;
  }
  const mode = flags.json ? "json" : flags.quiet ? "quiet" : Deno.stdout.isTerminal() ? "terminal" : "plain";
  return await analyse(
    {
      input,
      output: flags.out ?? `output/${input.split("/").pop()}`,
      force: flags.force ?? false,
      configuration,
      zeekLogs: flags.zeekLogs ? flags.zeekFormat : undefined,
    },
    createConsole(mode),
  );
}

/** Prints what is itself the result: when nobody reads it any more there is nothing left to do. */
function printText(text: string): void {
  if (!systemScreen().out(text)) Deno.exit(0);
}

const program = new Command("smartshield")
  .description(
    "Watches network traffic, learns how each host behaves, and tells who attacks whom, and why it thinks so.",
  )
  .version(VERSION, "-V, --version")
  .option("--pcap <file>", "capture to analyse: pcap or pcapng, plain or gzip")
  .option("--read <path>", "the same; recognises what it is given")
  .option("--out <directory>", "where the results go (default: output/<name of the input>)")
  .option("--config <file>", "configuration file; what it leaves out keeps its default")
  .option("--force", "write into the output directory even if it holds other files")
  .option("--workers <number>", "detector workers (default: processor cores less one)")
  .option("--zeek-logs", "also write the records as Zeek logs, to zeek/ in the output directory")
  .addOption(new Option("--zeek-format <format>", "form of the Zeek logs").choices(["tsv", "json"]).default("tsv"))
  .option("--json", "print one JSON object at the end instead of text")
  .option("--quiet", "print nothing but what is wrong")
  .addHelpText(
    "after",
    `
Examples:
  smartshield --pcap office.pcap --out office      analyse a capture; results in office/
  smartshield --pcap office.pcap --json | jq .     the same for programs
  smartshield config > my.yaml                     all settings with their defaults and meaning

Exit codes: 0 analysed, 1 failed on the way, 2 the command or its input is wrong (what came before was analysed).`,
  )
  .action(async (flags: AnalyseFlags) => {
    exitCode = await analyseCommand(flags);
  });

program.command("config")
  .description("Print the configuration in force, documented.")
  .option("--config <file>", "configuration file to overlay the defaults with")
  .action(async (flags: { config?: string }, command: Command) => {
    const { config } = command.optsWithGlobals<{ config?: string }>();
    console.log(documentConfiguration(await readConfigurationFile(flags.config ?? config)).trimEnd());
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
    console.error(`${damage}.`);
    exitCode = BAD_INPUT;
  });

function list(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(",").map((word) => word.trim()).filter((word) => word !== "");
}

let exitCode = 0;
program.exitOverride();
for (const command of program.commands) command.exitOverride();
try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? 0 : BAD_INPUT;
  else if (error instanceof InputError || error instanceof ConfigurationError) {
    console.error(error.message);
    exitCode = BAD_INPUT;
  } else {
    console.error(`smartshield failed: ${error instanceof Error ? error.message : String(error)}`);
    exitCode = FAILED;
  }
}
Deno.exit(exitCode);
