// Line plots as SVG, drawn by hand: small multiples with one legend. Readable in light and dark pages.

/** One line of a panel. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly panels: readonly Panel[];
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  /** How a value of the axis is written. */
  readonly xLabel?: (value: number) => string;
  /** Parts into which the axes are divided. */
  readonly xTicks: number;
  readonly yTicks: number;
  /** Names in the order of their styles, so that a name looks the same in every plot. */
  readonly names: readonly string[];
  /** Panels side by side, and the width of one. */
  readonly columns: number;
  readonly width: number;
}

const HEIGHT = 200;
const LEFT = 46, RIGHT = 20, TOP = 30, BOTTOM = 40;
const HEADER = 62;
const LEGEND = 120;
/** Colours that the colour-blind can tell apart (M. Okabe, K. Ito, 2008), with dashes beside them. */
const STYLES = [
  ["#777777", "6 3"],
  ["#d55e00", "2 2"],
  ["#e69f00", ""],
  ["#56b4e9", "8 2 2 2"],
  ["#009e73", ""],
] as const;

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const round = (value: number): string => String(Math.round(value * 10) / 10);

/** The plot as an SVG document. */
export function svg(plot: Plot): string {
  const rows = Math.ceil(plot.panels.length / plot.columns);
  const names = plot.names.filter((name) => plot.panels.some(({ series }) => series.some((one) => one.name === name)));
  const width = Math.max(plot.columns * plot.width, names.length * LEGEND), height = HEADER + rows * HEIGHT;
  const panels = plot.panels.map((panel, i) => {
    const x = (i % plot.columns) * plot.width, y = HEADER + Math.floor(i / plot.columns) * HEIGHT;
    return `<g transform="translate(${x} ${y})">${panelOf(plot, panel)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${escape(plot.title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="24" font-size="16" font-weight="600" fill="#222222">${escape(plot.title)}</text>`,
    legend(plot, names),
    ...panels,
    "</svg>",
    "",
  ].join("\n");
}

function style(plot: Plot, name: string): string {
  const [colour, dashes] = STYLES[plot.names.indexOf(name) % STYLES.length]!;
  return `stroke="${colour}" stroke-width="2" fill="none"${dashes === "" ? "" : ` stroke-dasharray="${dashes}"`}`;
}

function legend(plot: Plot, names: readonly string[]): string {
  return names.map((name, i) => {
    const x = 12 + i * LEGEND;
    return `<line x1="${x}" y1="44" x2="${x + 24}" y2="44" ${style(plot, name)}/>` +
      `<text x="${x + 30}" y="48" fill="#222222">${escape(name)}</text>`;
  }).join("\n");
}

function panelOf(plot: Plot, panel: Panel): string {
  const [x0, x1] = plot.xRange, [y0, y1] = plot.yRange;
  const right = plot.width - RIGHT, bottom = HEIGHT - BOTTOM;
  const px = (x: number): number => LEFT + (x - x0) / (x1 - x0) * (right - LEFT);
  const py = (y: number): number => bottom - (Math.min(y1, Math.max(y0, y)) - y0) / (y1 - y0) * (bottom - TOP);
  const parts = [`<text x="${LEFT}" y="18" font-weight="600" fill="#222222">${escape(panel.title)}</text>`];
  for (let i = 0; i <= plot.yTicks; i++) {
    const y = y0 + (y1 - y0) * i / plot.yTicks;
    parts.push(
      `<line x1="${LEFT}" y1="${round(py(y))}" x2="${right}" y2="${round(py(y))}" stroke="#dddddd"/>`,
      `<text x="${LEFT - 6}" y="${round(py(y) + 4)}" text-anchor="end" fill="#555555">${+y.toFixed(2)}</text>`,
    );
  }
  for (let i = 0; i <= plot.xTicks; i++) {
    const x = x0 + (x1 - x0) * i / plot.xTicks;
    const label = escape(plot.xLabel?.(x) ?? String(+x.toFixed(1)));
    parts.push(
      `<text x="${round(px(x))}" y="${bottom + 15}" text-anchor="middle" fill="#555555">${label}</text>`,
    );
  }
  parts.push(
    `<text x="${(LEFT + right) / 2}" y="${bottom + 31}" text-anchor="middle" fill="#555555">${escape(plot.x)}</text>`,
    `<text transform="translate(11 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle" fill="#555555">${
      escape(plot.y)
    }</text>`,
  );
  for (const { name, points } of panel.series) {
    const line = points.map(([x, y]) => `${round(px(x))},${round(py(y))}`).join(" ");
    parts.push(`<polyline points="${line}" ${style(plot, name)}/>`);
  }
  return parts.join("\n");
}
