// The command line of `smartshield show`: which words it understands.

import { Argument, type Command } from "commander";
import { readConfigurationFile } from "../../config/read.ts";
import { systemScreen } from "../ui/console.ts";
import { listedLines } from "./listed.ts";
import { openShown } from "./open.ts";
import { readRequest, type ShowFlags, type Subject, SUBJECTS } from "./request.ts";
import { show } from "./show.ts";

/** Adds `show` to the program; `print` takes what it tells. */
export function addShowCommand(program: Command, print: (text: string) => void): void {
  program.command("show")
    .description(
      "Show what runs found and kept: alerts, hosts, evidence and records, down from one to the other, who is blocked, and who watches.",
    )
    .addArgument(new Argument("[what]", "what to show").choices(SUBJECTS).default("alerts"))
    .argument("[which]", "of host its address; of alert and evidence the id, or the beginning of it")
    .option("--store <place>", "output directory of a run, or another store (default: that of the running agent)")
    .option("--sensor <name>", "only what this sensor saw, where several write to one store")
    .option("--host <address>", "only of this host")
    .option("--window <number>", "only of this time window")
    .option("--from <time>", "only since then: 2024-05-06T07:08:09 in UTC, or Unix seconds")
    .option("--to <time>", "only until then")
    .option("--limit <number>", "at most so many, the newest (default: 50; of each piece of evidence of an alert 5)")
    .option("--kind <kind>", "of flows: conn, dns, http …; of evidence: a type that smartshield explain lists")
    .option("--config <file>", "configuration file")
    .option("--json", "print JSON, one object a line")
    .addHelpText(
      "after",
      `
Examples:
  smartshield show --store output/office.pcap           the alerts of that run
  smartshield show --store redis://10.0.0.5             the alerts of all sensors that write there
  smartshield show sensors --store redis://10.0.0.5     who they are, and whether they still watch
  smartshield show alert 1c9f                           one of them, its evidence and the records that show it
  smartshield show host 192.168.1.23 --kind dns         what is known of a host, with what it asked
  smartshield show flows --host 192.168.1.23 --json     its records for another program`,
    )
    .action(async (what: Subject, which: string | undefined, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ShowFlags & { config?: string; store?: string; json?: true }>();
      const request = readRequest(what, which, flags);
      const configuration = await readConfigurationFile(flags.config);
      const store = await openShown(flags.store, configuration);
      const width = Deno.stdout.isTerminal() ? systemScreen().columns() : Infinity;
      try {
        await show(store, request, flags.limit !== undefined, {
          json: flags.json ?? false,
          width,
          print,
          listed: (ip) => listedLines(ip, configuration),
        });
      } finally {
        await store.close();
      }
    });
}
