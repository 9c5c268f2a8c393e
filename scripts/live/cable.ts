// A cable between two network namespaces: what is sent on `va` in one comes in on `vb` in the other, and nothing leaves
// them. Needs root and iproute2.

export interface Cable {
  /** Runs a command where packets are sent, or where they are received; resolves with what it printed. */
  atSender(...command: readonly string[]): Promise<string>;
  atReceiver(...command: readonly string[]): Promise<string>;
  /** The arguments of `ip` that run a command where packets are received. */
  receiving(...command: readonly string[]): string[];
  /** Takes both namespaces away. */
  remove(): Promise<void>;
}

/** Runs a command; what it wrote to both of its outputs. Throws with that when it fails. */
export async function run(...command: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command[0]!, { args: command.slice(1) }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${command.join(" ")}: ${said.trim()}`);
  return said;
}

/** Lays a cable. */
export async function layCable(): Promise<Cable> {
  const sender = `smartshield-send-${Deno.pid}`;
  const receiver = `smartshield-receive-${Deno.pid}`;
  const inside = (namespace: string, command: readonly string[]): string[] => ["netns", "exec", namespace, ...command];
  const cable: Cable = {
    atSender: (...command) => run("ip", ...inside(sender, command)),
    atReceiver: (...command) => run("ip", ...inside(receiver, command)),
    receiving: (...command) => inside(receiver, command),
    async remove() {
      for (const namespace of [sender, receiver]) await run("ip", "netns", "delete", namespace).catch(() => {});
    },
  };
  try {
    for (const namespace of [sender, receiver]) await run("ip", "netns", "add", namespace);
    await cable.atSender("ip", "link", "add", "va", "type", "veth", "peer", "name", "vb", "netns", receiver);
    // Longer packets than Ethernet's are in captures of hosts whose card cuts them; and nobody speaks but us.
    const up = (end: string): string[] => ["ip", "link", "set", end, "mtu", "65535", "addrgenmode", "none", "up"];
    await cable.atSender(...up("va"));
    await cable.atReceiver(...up("vb"));
    return cable;
  } catch (error) {
    await cable.remove();
    throw error;
  }
}
