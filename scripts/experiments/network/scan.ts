// Tries 100 TCP ports of a host, as a port scanner does.
//
//   deno run --allow-net scan.ts ADDRESS

const [address = ""] = Deno.args;
for (let port = 1; port <= 100; port++) {
  try {
    (await Deno.connect({ hostname: address, port })).close();
  } catch {
    // Nobody listens: that is what most ports say.
  }
}
