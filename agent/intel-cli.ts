// The command line of `smartshield intel …`: which words it understands; what they do is in intel-command.ts.

import { type Command, Option } from "commander";
import { readConfigurationFile } from "../config/read.ts";
import type { Configuration } from "../config/schema.ts";
import { jsonText, plainText } from "./export/text.ts";
import { addCommand, listCommand, lookupCommand, removeCommand, type Said, updateCommand } from "./intel-command.ts";
import { INDICATOR_KINDS, type IndicatorKind, type Level, LEVELS } from "./intel/indicator.ts";

/** Where the commands print, and how they say that they could not do what was asked. */
export interface CommandOutput {
  /** The result. */
  print(text: string): void;
  /** What is not the result. */
  aside(text: string): void;
  failed(): void;
}

const kindOption = (): Option =>
  new Option("--kind <kind>", "what it is, where its looks leave it open").choices(INDICATOR_KINDS);

/** What the options of a command amount to. */
async function configurationOf(command: Command): Promise<{ configuration: Configuration; json: boolean }> {
  const { config, state, json } = command.optsWithGlobals<{ config?: string; state?: string; json?: true }>();
  const configuration = await readConfigurationFile(config);
  if (state !== undefined) configuration.state.directory = state;
  return { configuration, json: json ?? false };
}

/** Adds `intel` with its commands to the program. */
export function addIntelCommands(program: Command, { print, aside, failed }: CommandOutput): void {
  const intel = program.command("intel").description(
    "Threat intelligence: fetch lists of what is known to be malicious, ask them, add to them (docs/intelligence.md).",
  );

  function say({ lines, json, done }: Said, asJson: boolean): void {
    const text = asJson ? [jsonText(json, 2)] : lines.map(plainText);
    print(text.map((line) => `${line}\n`).join(""));
    if (!done) failed();
  }

  /** Sentences on the way: with --json beside the result. */
  const tell = (json: boolean) => (sentence: string): void =>
    json ? aside(plainText(sentence)) : print(`${plainText(sentence)}\n`);

  intel.command("update")
    .description("Fetch the feeds that are due; of those that have not changed nothing is fetched.")
    .argument("[feeds...]", "only these, due or not")
    .option("--force", "all of them, due or not")
    .option("--json", "print one JSON object")
    .action(async (names: string[], _: unknown, command: Command) => {
      const { configuration, json } = await configurationOf(command);
      say(
        await updateCommand(
          configuration,
          { force: command.optsWithGlobals<{ force?: true }>().force ?? false, names },
          tell(json),
        ),
        json,
      );
    });
  intel.command("list")
    .description("List the feeds: level, indicators, when they were fetched, what was wrong.")
    .option("--json", "print one JSON object")
    .action(async (_: unknown, command: Command) => {
      const { configuration, json } = await configurationOf(command);
      say(await listCommand(configuration, tell(json)), json);
    });
  intel.command("lookup")
    .description("Say what is known of addresses, networks, domains, URLs, hashes and fingerprints.")
    .argument("<indicators...>", "such as 198.51.100.7, evil.example, AS64496 or an MD5")
    .option("--json", "print one JSON object")
    .action(async (texts: string[], _: unknown, command: Command) => {
      const { configuration, json } = await configurationOf(command);
      say(await lookupCommand(configuration, texts, tell(json)), json);
    });
  intel.command("add")
    .description("Add an indicator of your own; your word on its level beats all lists.")
    .argument("<indicator>")
    .addOption(kindOption())
    .addOption(new Option("--level <level>", "how bad it is to meet it").choices(LEVELS).default("high"))
    .option("--note <text>", "what it is: findings show it", "")
    .option("--json", "print one JSON object")
    .action(async (text: string, flags: { kind?: IndicatorKind; level: Level; note: string }, command: Command) => {
      const { configuration, json } = await configurationOf(command);
      say(await addCommand(configuration, text, { ...flags, kind: flags.kind }, tell(json)), json);
    });
  intel.command("remove")
    .description("Take back what you added; what lists name is passed over from then on.")
    .argument("<indicator>")
    .addOption(kindOption())
    .option("--json", "print one JSON object")
    .action(async (text: string, flags: { kind?: IndicatorKind }, command: Command) => {
      const { configuration, json } = await configurationOf(command);
      say(await removeCommand(configuration, text, { kind: flags.kind }, tell(json)), json);
    });
  for (const command of intel.commands) {
    command.option("--config <file>", "configuration file").option(
      "--state <directory>",
      "state directory, where the lists are kept",
    );
  }
}
