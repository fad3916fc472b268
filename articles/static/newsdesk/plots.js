/* Draws the plots of the desk's first page with uPlot. Each box names the script block that holds its numbers:

     {"by": "day" | "hour", "x": [seconds, …], "series": [{"name": …, "kind": "bars" | "line" | "upper", "values": […]}]}

   Times are those of the site's own zone, given as if it were UTC. Colours are desk.css's, asked for at each drawing, so
   that they follow the theme. What is drawn stands in a table too, so nothing here needs a keyboard. */
"use strict";

(() => {
  const HOUR = 3600, DAY = 24 * HOUR;
  const STEPS = [1, 2, 5].flatMap((step) => [0, 1, 2, 3, 4, 5].map((zeros) => step * 10 ** zeros)).sort((a, b) => a - b);
  const dates = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  const day = dates({ day: "numeric", month: "short" });
  const wholeDay = dates({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
  const clock = dates({ hour: "2-digit", minute: "2-digit" });
  const number = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
  const at = (seconds) => new Date(seconds * 1000);

  const ticks = {
    day: (plot, times) => times.map((time) => day.format(at(time))),
    hour: (plot, times) => {
      const days = times.map((time) => day.format(at(time)));
      return times.map((time, place) => clock.format(at(time)) + (days[place] === days[place - 1] ? "" : "\n" + days[place]));
    },
  };
  const named = {
    day: (time) => wholeDay.format(at(time)),
    hour: (time) => `${wholeDay.format(at(time))}, ${clock.format(at(time))}`,
  };

  function series(one, colour) {
    const looks = {
      bars: { fill: colour("--plot-bar"), width: 0, paths: uPlot.paths.bars({ size: [0.7, 48] }), points: { show: false } },
      line: { stroke: colour("--plot-heat"), width: 2, points: { size: 5, fill: colour("--plot-heat") } },
      upper: { stroke: colour("--plot-heat"), width: 1, dash: [4, 3], points: { size: 4, fill: colour("--plot-heat") } },
    };
    return { label: one.name, ...looks[one.kind] };
  }

  function axis(colour, options) {
    return {
      stroke: colour("--plot-ink"),
      font: "12px system-ui, sans-serif",
      grid: { stroke: colour("--plot-rule"), width: 1 },
      ticks: { show: false },
      ...options,
    };
  }

  function tell(box, numbers) {
    const reading = box.nextElementSibling.querySelector("output");
    return (plot) => {
      const place = plot.cursor.idx;
      const told = place === null || place === undefined
        ? ""
        : `${named[numbers.by](numbers.x[place])}: ${numbers.series.map((one) => `${number.format(one.values[place])} ${one.name}`).join(", ")}`;
      if (reading.textContent !== told) reading.textContent = told;
    };
  }

  function draw(box) {
    const numbers = JSON.parse(document.getElementById(box.dataset.numbers).textContent);
    const colour = (name) => () => getComputedStyle(box).getPropertyValue(name).trim();
    const margin = numbers.series[0].kind === "bars" ? DAY / 2 : 0;
    const size = () => ({ width: box.clientWidth, height: box.clientHeight });
    const plot = new uPlot({
      ...size(),
      padding: [8, 24, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(at(seconds), "Etc/UTC"),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: numbers.series[0].kind !== "bars" } },
      scales: {
        x: { range: (_, first, last) => [first - margin, last + margin] },
        y: { range: (_, lowest, highest) => [0, Math.max(highest, 1) * 1.08] },
      },
      axes: [
        axis(colour, {
          values: ticks[numbers.by],
          grid: { show: false },
          space: 64,
          gap: 8,
          size: numbers.by === "day" ? 28 : 42,
          incrs: numbers.by === "day" ? [1, 2, 7, 14, 28, 84, 364].map((days) => days * DAY) : [1, 3, 6, 12, 24].map((hours) => hours * HOUR),
        }),
        axis(colour, { size: 44, space: 32, incrs: STEPS, values: (_, values) => values.map((value) => number.format(value)) }),
      ],
      series: [{}, ...numbers.series.map((one) => series(one, colour))],
      hooks: { setCursor: [tell(box, numbers)] },
    }, [numbers.x, ...numbers.series.map((one) => one.values)], box);

    new ResizeObserver(() => { if (box.clientWidth) plot.setSize(size()); }).observe(box);
    const redraw = () => plot.redraw(); // paths too: bars keep the colour that they were made in
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", redraw);
    }
  }

  document.querySelectorAll(".plot").forEach(draw);
})();
