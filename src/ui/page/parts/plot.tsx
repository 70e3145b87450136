import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { tokensOf } from "../text/format.ts";
import type { Cost } from "../types.ts";

const HEIGHT = 220;

/** The tokens of each day, as bars: those that were read, and those that were written on top. */
export function DaysPlot({ days }: { days: readonly Cost[] }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = element.current;
    if (place === null) return;
    const plot = draw(place, days);
    const watch = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT }));
    watch.observe(place);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [days]);
  return <div ref={element} aria-hidden="true" />;
}

function draw(place: HTMLElement, days: readonly Cost[]): uPlot {
  const colors = getComputedStyle(place);
  const color = (name: string) => colors.getPropertyValue(name).trim();
  const ordered = days.toSorted((left, right) => (left.key < right.key ? -1 : 1));
  const at = ordered.map(({ key }) => Date.parse(`${key}T00:00:00`) / 1000);
  const read = ordered.map(({ input_tokens }) => input_tokens);
  const both = ordered.map(({ input_tokens, output_tokens }) => input_tokens + output_tokens);
  const bars = uPlot.paths.bars?.({ size: [0.6, 40] });
  const series = (fill: string): uPlot.Series => ({
    fill,
    stroke: fill,
    width: 0,
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars }),
  });
  const axis: uPlot.Axis = {
    stroke: color("--dim"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  const day = 86_400;
  return new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: [(at[0] ?? 0) - day, (at.at(-1) ?? 0) + day] },
        y: { range: (_, _least, most) => [0, most * 1.1 || 1] },
      },
      axes: [
        {
          ...axis,
          values: (_, ticks) => ticks.map(dayOf),
          space: 80,
          incrs: [day, 2 * day, 7 * day, 30 * day],
        },
        { ...axis, values: (_, ticks) => ticks.map(tokensOf), size: 60 },
      ],
      series: [{}, series(color("--plot-out")), series(color("--plot-in"))],
    },
    [at, both, read],
    place,
  );
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString(undefined, { month: "short", day: "numeric" });
}
