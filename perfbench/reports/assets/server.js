// Draws what the service said of itself, on the time axis of the client's charts.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const host = document.getElementById("server");
  if (!host) return;
  const { css, make, figure, axis, yAxis, line, upTo, mount, rowTip, legend } = Chart;
  const share = (v) => v * 100, same = (v) => v;
  const GROUPS = [
    { label: "requests", unit: "", from: same, lines: [
      ["running", "running in the service", () => css("--accent")],
      ["waiting", "waiting", () => css("--bad")],
      ["mean", "in flight, by us", () => css("--soft"), { dash: [5, 4] }]] },
    { label: "share (%)", unit: " %", from: share, lines: [
      ["kv_usage", "KV cache in use", () => css("--accent")],
      ["prefix_hit_rate", "prefix hits", () => css("--good")],
      ["acceptance", "draft tokens accepted", () => css("--soft")],
      ["gpu_utilization", "GPU", () => css("--bad")]] },
    { label: "output tokens/s", unit: " tok/s", from: same, lines: [
      ["output_tok_s", "by the service", () => css("--good")],
      ["tokens", "by us", () => css("--soft"), { dash: [5, 4] }]] },
    { label: "power (W)", unit: " W", from: same, lines: [["power_w", "power", () => css("--accent")]] },
  ];
  const OURS = { mean: "in_flight", tokens: "token_rate" };
  const range = [Math.min(...data.points.map((p) => p.start_s)), Math.max(...data.points.map((p) => p.end_s))];

  // Places of a line: those of the service as they are, ours in the middle of each slice.
  const places = (point, key) => {
    if (!OURS[key]) return point.server[key] || { t: [], v: [] };
    const { edges_s } = point.timeline;
    return { t: edges_s.slice(1).map((end, i) => (edges_s[i] + end) / 2), v: point.timeline[OURS[key]] };
  };

  GROUPS.forEach((group) => {
    const lines = group.lines.filter(([key]) => data.points.some((p) => places(p, key).t.length));
    if (!lines.some(([key]) => !OURS[key])) return;
    const spots = new Map();
    data.points.forEach((p, owner) => lines.forEach(([key], k) => {
      const { t, v } = places(p, key);
      t.forEach((at, i) => {
        if (!spots.has(at)) spots.set(at, { owner, values: lines.map(() => undefined) });
        spots.get(at).values[k] = v[i] === null ? null : group.from(v[i]);
      });
    }));
    const times = [...spots.keys()].sort((a, b) => a - b);
    // A line goes on through the places of others (undefined), but not from one point to the next.
    const columns = lines.map((_, k) => {
      const column = times.map((t) => spots.get(t).values[k]);
      let last = -1;
      column.forEach((v, i) => {
        if (v === undefined) return;
        const apart = last >= 0 && spots.get(times[last]).owner !== spots.get(times[i]).owner;
        if (apart) column.fill(null, last + 1, i);
        if (apart && i === last + 1) column[last] = null;
        last = i;
      });
      return column;
    });
    const card = make("div", host, undefined, "card"), head = make("div", card, undefined, "head");
    make("h3", head, group.label);
    const names = make("div", head, undefined, "legend");
    const chart = mount(make("div", card, undefined, "chart"), {
      cursor: { sync: { key: "timeline" }, points: { size: 7 } },
      scales: { x: { time: false, range: () => range }, y: { range: upTo(1.2) } },
      axes: [axis("seconds after the first send"), yAxis(group.label, { size: 52 })],
      series: [{}, ...lines.map(([, label, stroke, extra]) => line(label, stroke, { ...extra }))],
      hooks: rowTip((x) => figure(x) + " s", group.unit),
    }, [times, ...columns], 190);
    legend(names, chart);
  });
})();
