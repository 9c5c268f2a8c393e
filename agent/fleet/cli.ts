// The command line of a fleet: `smartshield sensor` and `smartshield detect`.

import type { Command } from "commander";
import { readConfigurationFile } from "../../config/read.ts";
import { InputError } from "../errors.ts";
import { detect } from "./detect/command.ts";
import { readFleetPlace } from "./thread.ts";

export interface FleetCommands<Flags> {
  readonly print: (text: string) => void;
  /** Takes what is wrong. */
  readonly aside: (text: string) => void;
  /** Analyses as the program itself does, with detectors elsewhere. */
  readonly sensor: (flags: Flags) => Promise<void>;
}

interface DetectFlags {
  store?: string;
  workers?: string;
  name?: string;
  config?: string;
  once?: true;
  quiet?: true;
}

const WORKERS_AT_MOST = 64;

/** @throws {InputError} when it is no number of workers. */
export function readWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= WORKERS_AT_MOST) return workers;
  throw new InputError(`--workers is ${text} but must be a whole number from 1 to ${WORKERS_AT_MOST}.`);
}

/** Adds both commands to the program, whose options are those of `sensor` too. */
export function addFleetCommands<Flags>(program: Command, commands: FleetCommands<Flags>): void {
  program.command("sensor")
    .description(
      "As without a command, but others judge: smartshield detect, on any machine that reaches the same Redis.",
    )
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      "after",
      `
Examples:
  smartshield sensor --interface eth0 --store redis://10.0.0.5       watch the wire and let others judge
  smartshield sensor --pcap office.pcap --out office --store redis://10.0.0.5
  smartshield detect --store redis://10.0.0.5                        judge, on as many machines as are needed`,
    )
    .action(async (_: unknown, command: Command) => {
      await commands.sensor(command.optsWithGlobals<Flags & Record<string, unknown>>());
    });

  program.command("detect")
    .description("Judge what sensors send to a Redis, until Ctrl+C; takes over from others that die.")
    .option("--store <place>", "the Redis of the fleet: redis://HOST")
    .option("--workers <number>", "threads that judge (default: processor cores less one)")
    .option("--name <name>", "what others call it (default: the name of this machine)")
    .option("--once", "end when all runs are over that were found")
    .option("--config <file>", "configuration file; only its store.place and limits.workers are looked at")
    .option("--quiet", "print nothing but what is wrong")
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<DetectFlags>();
      const { store, limits } = await readConfigurationFile(flags.config);
      const workers = flags.workers === undefined ? limits.workers : readWorkers(flags.workers);
      await detect({
        place: readFleetPlace(flags.store ?? store.place, "detect"),
        workers: workers === 0 ? Math.max(1, navigator.hardwareConcurrency - 1) : workers,
        name: readName(flags.name),
        once: flags.once ?? false,
      }, { note: flags.quiet ? () => {} : (text) => commands.print(`${text}\n`), warning: commands.aside });
    });
}

/** What a detect is called: as it was said, else as its machine. */
function readName(name = Deno.hostname()): string {
  if (/^[\w.:-]{1,64}$/.test(name)) return name;
  throw new InputError(`--name is ${name} but must be of letters, digits and _ . : -, at most 64.`);
}
