// Other programs that read captures, with the arguments that make them do about what smartshield's dissector does.

/** A program to compare with. */
export interface Other {
  readonly name: string;
  /** What it does with the capture, in a few words. */
  readonly does: string;
  /** Debian package that has it. */
  readonly package: string;
  /** Command line; runs in an empty directory. */
  command(capture: string): string[];
  /** Slow ones run once. */
  readonly slow?: true;
}

export const OTHERS: readonly Other[] = [
  {
    name: "nfpcapd",
    does: "flows only",
    package: "nfdump",
    command: (capture) => ["nfpcapd", "-r", capture, "-l", "."],
  },
  {
    name: "argus",
    does: "flows only",
    package: "argus-server",
    command: (capture) => ["argus", "-r", capture, "-w", "argus.out"],
  },
  {
    name: "suricata",
    does: "flows and protocols, no rules",
    package: "suricata",
    command: (capture) => ["suricata", "-r", capture, "-S", "/dev/null", "-l", ".", "-k", "none"],
  },
  {
    name: "zeek",
    does: "flows and protocols, its standard scripts",
    package: "zeek",
    command: (capture) => ["zeek", "-C", "-r", capture],
  },
  {
    name: "tshark",
    does: "dissects every packet",
    package: "tshark",
    command: (capture) => ["tshark", "-q", "-n", "-z", "io,phs", "-r", capture],
    slow: true,
  },
];

/** Whether the program is on the PATH. */
export function isInstalled({ command }: Other): boolean {
  const [program = ""] = command("");
  return new Deno.Command("bash", { args: ["-c", 'command -v "$1"', "bash", program], stdout: "null" }).outputSync()
    .success;
}
