// Draws the curves of several load tests over each other, from the JSON in #curves. Names of runs only
// ever enter the page through textContent. Missing values are null.
"use strict";
(() => {
  const { axis, valueAxis, logAxis, logRange, upTo, line, mount, rowTip, legend, figure } = Chart;
  const charts = JSON.parse(document.getElementById("curves").textContent);
  document.querySelectorAll("[data-curve]").forEach((host) => {
    const { xTitle, xLog, yLog, lines } = charts[host.dataset.curve];
    const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
    const rows = lines.map(({ points }) => {
      const known = new Map(points);
      return xs.map((x) => (known.has(x) ? known.get(x) : null));
    });
    const [low, high] = [xs[0], xs[xs.length - 1]], pad = (high - low) * 0.05 || 1;
    const range = xLog ? [low / 1.15, high * 1.15] : [Math.max(0, low - pad), high + pad];
    const chart = mount(host, {
      scales: { x: { time: false, distr: xLog ? 3 : 1, range }, y: yLog ? { distr: 3, range: logRange } : { range: upTo(1.08) } },
      axes: [axis(xTitle, xLog ? logAxis : {}), valueAxis("", yLog)],
      series: [{}, ...lines.map((l) => line(l.run + (l.name ? " " + l.name : ""), () => l.colour, {
        dash: l.dashed ? [6, 4] : undefined, spanGaps: true, swatch: l.colour,
        points: { show: true, size: 7, fill: l.colour, stroke: l.colour },
      }))],
      hooks: rowTip((x) => figure(x) + " " + xTitle, ""),
    }, [xs, ...rows], 260);
    legend(host.parentElement.querySelector(".legend"), chart);
  });
})();
