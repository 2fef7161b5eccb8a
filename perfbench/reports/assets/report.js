// Draws the charts of a report from the JSON in #data with uPlot. Text from servers only ever
// enters the page through textContent. Latencies are ms, times s, missing values null.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const charts = new Set();

  // ---- small tools
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const make = (tag, parent, text, className) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    if (parent) parent.append(node);
    return node;
  };
  const figure = (v) => {
    if (v === null || v === undefined) return "–";
    const size = Math.abs(v);
    const digits = Number.isInteger(v) || size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
    return v.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  const ticks = (u, splits) => {
    const most = Math.max(...splits.map((v) => Math.abs(v || 0)));
    const [scale, unit] = most >= 1e7 ? [1e6, "M"] : most >= 1e4 ? [1e3, "k"] : [1, ""];
    return splits.map((v) => (v === null ? "" : v === 0 ? "0" : +(v / scale).toPrecision(4) + unit));
  };
  // Keeps of these axis marks those that leave room for their text.
  const spaced = (u, marks, room) => {
    const shown = [];
    for (const x of marks) {
      if (!shown.length || u.valToPos(x, "x") - u.valToPos(shown[shown.length - 1], "x") > room) shown.push(x);
    }
    return shown;
  };
  const { points: COLOUR, figures: FIGURE, throughput: THROUGHPUT } = data.colours;

  // ---- a chart in a card: size, legend, tooltip
  const axis = (label, extra) => ({
    label, labelSize: 16, labelGap: 2, labelFont: "12px system-ui, sans-serif", font: "11px system-ui, sans-serif",
    size: 26, gap: 4, stroke: () => css("--soft"), grid: { stroke: () => css("--grid"), width: 1 },
    ticks: { show: false }, values: ticks, ...extra,
  });
  const yAxis = (label, extra) => axis(label, {
    size: (u, values) => 12 + 6.4 * Math.max(3, ...(values || []).map((v) => String(v).length)), ...extra,
  });
  const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6];
  // Marks of a logarithmic axis: 1-2-5, or every digit, or even steps, whichever the span needs.
  const logMarks = (u, index, low, high) => {
    const digits = high / low > 8 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
    const marks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const digit of digits) marks.push(+(digit * 10 ** power).toPrecision(2));
    }
    const inside = marks.filter((v) => v >= low && v <= high);
    return inside.length > 2 ? inside : [0, 1, 2, 3].map((k) => +(low + ((high - low) * k) / 3).toPrecision(3));
  };
  const valueAxis = (label, log) => yAxis(label, log ? { splits: logMarks, filter: (u, splits) => splits } : {});
  const line = (label, stroke, extra) => ({
    label, stroke, width: 2, points: { show: false, size: 7, fill: stroke }, spanGaps: false, ...extra,
  });
  const upTo = (room) => (u, low, high) => (high === null ? [0, 1] : [0, high > 0 ? high * room : 1]);
  const fromZero = upTo(1.06);
  const logRange = (u, low, high) => {
    if (high === null || high <= 0) return [0.1, 1];
    const bottom = low > 0 ? low : high / 1000;
    return [bottom / 1.15, Math.max(high, bottom * 1.5) * 1.15];
  };

  function mount(host, options, rows, height) {
    host.replaceChildren();
    const tip = make("div", host, undefined, "tip");
    const size = () => ({ width: Math.max(260, host.clientWidth), height });
    const chart = new uPlot({
      ...size(), legend: { show: false }, padding: [10, 14, 0, 0],
      ...options, cursor: { y: false, points: { size: 8 }, ...options.cursor },
    }, rows, host);
    chart.tip = tip;
    charts.add(chart);
    const watch = new ResizeObserver(() => chart.setSize(size()));
    watch.observe(host);
    chart.dispose = () => { watch.disconnect(); charts.delete(chart); chart.destroy(); };
    chart.over.addEventListener("mouseleave", () => { tip.style.display = "none"; });
    return chart;
  }

  function place(chart, left, top) {
    const tip = chart.tip;
    tip.style.display = "block";
    const x = chart.over.offsetLeft + left, room = chart.root.clientWidth;
    const flip = x + 16 + tip.offsetWidth > room && x - 16 - tip.offsetWidth > 0;
    tip.style.left = (flip ? x - 16 - tip.offsetWidth : Math.min(x + 16, Math.max(0, room - tip.offsetWidth))) + "px";
    tip.style.top = Math.max(0, chart.over.offsetTop + top - tip.offsetHeight / 2) + "px";
  }

  const rowTip = (title, unit) => ({
    setCursor: [(u) => {
      const i = u.cursor.idx;
      if (i === null || i === undefined || u.cursor.left < 0) { u.tip.style.display = "none"; return; }
      u.tip.replaceChildren();
      make("b", u.tip, title(u.data[0][i], i));
      u.series.slice(1).forEach((s, k) => {
        const value = u.data[k + 1][i];
        if (!s.show || value === null || value === undefined || s.hint === false) return;
        const row = make("div", u.tip), name = make("span", row);
        make("i", name).style.background = s.swatch || s.stroke(u);
        name.append(s.label);
        make("span", row, figure(value) + (s.unit || unit));
      });
      place(u, u.cursor.left, u.cursor.top);
    }],
  });

  function legend(host, chart) {
    host.replaceChildren();
    chart.series.slice(1).forEach((s, k) => {
      if (s.hint === false) return;
      const button = make("button", host);
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      make("i", button).style.background = s.swatch || s.stroke(chart);
      button.append(s.label);
      button.onclick = () => {
        const show = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(show));
        chart.setSeries(k + 1, { show });
      };
    });
  }

  function choice(host, names, chosen, pick) {
    const group = make("span", host, undefined, "choice");
    names.forEach(([key, text]) => {
      const button = make("button", group, text);
      button.type = "button";
      button.setAttribute("aria-pressed", String(key === chosen));
      button.onclick = () => {
        for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
        pick(key);
      };
    });
  }

  function select(host, names, pick, label) {
    const list = make("select", host);
    list.setAttribute("aria-label", label);
    names.forEach(([key, text]) => { make("option", list, text).value = key; });
    list.onchange = () => pick(list.value);
  }

  // ---- throughput and latency against load
  function loadCharts() {
    const { title, places, labels } = data.load;
    const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
    const xs = order.map((i) => places[i]);
    const log = xs[0] > 0 && xs[xs.length - 1] / xs[0] >= 8;
    const at = (x) => (log ? Math.log(x) : x);
    const pad = (at(xs[xs.length - 1]) - at(xs[0])) * 0.04 || 1;
    const back = (x) => (log ? Math.exp(x) : x);
    const range = [back(at(xs[0]) - pad), back(at(xs[xs.length - 1]) + pad)];
    document.querySelectorAll("[data-load]").forEach((card) => {
      const rows = data.load.charts[card.dataset.load];
      const names = Object.keys(rows);
      const series = names.map((name, k) => line(name, () => FIGURE[name] || THROUGHPUT[k], {
        points: { show: true, size: 7, fill: FIGURE[name] || THROUGHPUT[k] }, spanGaps: true,
        swatch: FIGURE[name] || THROUGHPUT[k],
      }));
      const unit = card.dataset.unit;
      const chart = mount(card.querySelector(".chart"), {
        scales: { x: { time: false, distr: log ? 3 : 1, range }, y: { range: fromZero } },
        axes: [axis(title, { splits: (u) => spaced(u, xs, 34), filter: (u, splits) => splits }), yAxis(unit)],
        series: [{}, ...series],
        hooks: rowTip((x, i) => labels[order[i]], " " + unit),
      }, [xs, ...names.map((name) => order.map((i) => rows[name][i]))], 230);
      if (names.length > 1) legend(card.querySelector(".legend"), chart);
    });
  }

  // ---- distribution: latency at every percentile
  function distribution() {
    const card = document.getElementById("distribution");
    const metrics = data.metrics.filter((m) => data.points.some((p) => p.curves[m.key]));
    const state = { metric: metrics[0].key, tail: true, log: false };
    let chart;
    const percent = (x, end) => (x >= end ? 100 : 100 * (1 - 10 ** -x));
    const MARKS = [0, 50, 75, 90, 95, 99, 99.9, 99.99];
    const draw = () => {
      if (chart) chart.dispose();
      const key = state.metric;
      const shown = data.points.map((p, i) => [p, i]).filter(([p]) => p.curves[key]);
      // A sample of n says nothing between 1 - 1/n and its maximum, which is p100.
      const last = (p) => 100 * (1 - 1 / p.counts[key]);
      const end = Math.log10(Math.max(10, ...shown.map(([p]) => p.counts[key]))) + 0.2;
      const nines = (p) => (p >= 100 ? end : -Math.log10(1 - p / 100));
      const kept = data.percentiles.map((_, i) => i).filter((i) => nines(data.percentiles[i]) <= end);
      const at = kept.map((i) => data.percentiles[i]);
      const marks = [...MARKS.map(nines).filter((x) => x < end - 0.1), end];
      const rows = shown.map(([p]) => kept.map((i) => (
        data.percentiles[i] <= last(p) || data.percentiles[i] === 100 ? p.curves[key][i] : null)));
      const xAxis = state.tail
        ? { splits: (u, a, low, high) => spaced(u, marks.filter((x) => x >= low && x <= high), 42),
            values: (u, splits) => splits.map((x) => "p" + +percent(x, end).toFixed(2)) }
        : { values: (u, splits) => splits.map((x) => "p" + +x.toFixed(2)) };
      chart = mount(card.querySelector(".chart"), {
        scales: { x: { time: false }, y: state.log ? { distr: 3, range: logRange } : { range: fromZero } },
        axes: [axis("percentile", xAxis), valueAxis("ms", state.log)],
        series: [{}, ...shown.map(([p, i]) => line(p.label, () => COLOUR[i], {
          swatch: COLOUR[i], spanGaps: true,
        }))],
        hooks: rowTip((x, i) => "p" + at[i], " ms"),
      }, [state.tail ? at.map(nines) : at, ...rows], 330);
      legend(card.querySelector(".legend"), chart);
    };
    const head = card.querySelector(".head");
    choice(head, metrics.map((m) => [m.key, m.name]), state.metric, (key) => { state.metric = key; draw(); });
    choice(head, [[true, "tail"], [false, "even"]], true, (key) => { state.tail = key; draw(); });
    choice(head, [[false, "linear"], [true, "log"]], false, (key) => { state.log = key; draw(); });
    draw();
  }

  // ---- timeline of the run
  function timeline() {
    const card = document.getElementById("timeline");
    const rows = { t: [], mean: [], max: [], tokens: [], failures: [], width: [] };
    data.points.forEach((p) => {
      const s = p.timeline;
      s.in_flight.forEach((value, i) => {
        rows.t.push(s.start_s + s.width_s * (i + 0.5));
        rows.mean.push(value);
        rows.max.push(s.in_flight_max[i]);
        rows.tokens.push(s.token_rate[i]);
        rows.failures.push(s.failures[i] || null);
        rows.width.push(s.width_s);
      });
      rows.t.push(s.start_s + s.width_s * (s.in_flight.length + 1e-6));
      for (const key of ["mean", "max", "tokens", "failures", "width"]) rows[key].push(null);
    });
    const order = rows.t.map((_, i) => i).sort((a, b) => rows.t[a] - rows.t[b]);
    const pick = (key) => order.map((i) => rows[key][i]);
    const widths = pick("width");
    const bands = (u) => {
      const { ctx, bbox } = u;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      ctx.font = 11 * devicePixelRatio + "px system-ui, sans-serif";
      ctx.textBaseline = "top";
      ctx.textAlign = "left";
      data.points.forEach((p, i) => {
        const from = u.valToPos(p.start_s, "x", true), to = u.valToPos(p.end_s, "x", true);
        ctx.globalAlpha = 0.1;
        ctx.fillStyle = COLOUR[i];
        ctx.fillRect(from, bbox.top, Math.max(1, to - from), bbox.height);
        ctx.globalAlpha = 1;
        ctx.fillStyle = css("--soft");
        const left = Math.max(from, bbox.left), right = Math.min(to, bbox.left + bbox.width);
        if (ctx.measureText(p.label).width < right - left - 8) ctx.fillText(p.label, left + 4, bbox.top + 3);
      });
      ctx.restore();
    };
    const shared = {
      cursor: { sync: { key: "timeline" }, points: { size: 7 } }, scales: { x: { time: false }, y: { range: upTo(1.2) } },
    };
    const title = (x, i) => figure(x) + " s" + (widths[i] ? " (slice of " + figure(widths[i]) + " s)" : "");
    const sketch = (host, xLabel, label, unit, series, keys) => mount(host, {
      ...shared, axes: [axis(xLabel), yAxis(label, { size: 52 })], series: [{}, ...series],
      hooks: { ...rowTip(title, unit), drawClear: [bands] },
    }, [pick("t"), ...keys.map(pick)], xLabel ? 200 : 184);
    const [upper, lower] = card.querySelectorAll(".chart");
    const flight = sketch(upper, undefined, "requests in flight", "", [
      line("highest", () => css("--accent"), {
        width: 0.5, fill: () => css("--accent") + "22", swatch: "#9fb8e8",
      }),
      line("mean", () => css("--accent"), {}),
      line("failed", () => css("--bad"), { paths: () => null, points: { show: true, size: 6 } }),
    ], ["max", "mean", "failures"]);
    const tokens = sketch(lower, "seconds after the first send", "output tokens/s", " tok/s", [
      line("output", () => css("--good"), { fill: () => css("--good") + "18" }),
    ], ["tokens"]);
    legend(card.querySelector(".legend"), flight);
    const names = [["all", "whole run"], ...data.points.map((p, i) => [String(i), p.label])];
    if (data.points.length > 1) select(card.querySelector(".head"), names, (key) => {
      const p = data.points[+key];
      const ends = p ? { min: p.start_s, max: p.end_s } : { min: rows.t[order[0]], max: rows.t[order[order.length - 1]] };
      [flight, tokens].forEach((chart) => chart.setScale("x", ends));
    }, "part of the run");
  }

  // ---- one dot per request
  function requests() {
    const card = document.getElementById("requests");
    const state = { point: "all", x: "sent_s", y: "ttft_ms", log: false };
    const X = { sent_s: "sent (s)", input_tokens: "input tokens", output_tokens: "output tokens" };
    const Y = { ttft_ms: "TTFT (ms)", tpot_ms: "TPOT (ms)", e2e_ms: "E2E (ms)" };
    let chart, dots, spot;
    const collect = () => {
      dots = [];
      data.points.forEach((p, i) => {
        if (state.point !== "all" && state.point !== String(i)) return;
        const s = p.scatter;
        s.seq.forEach((_, k) => {
          const failed = s.outcome[k] !== 0;
          const y = failed && state.y === "e2e_ms" ? s.lasted_ms[k] : s[state.y][k];
          if (s[state.x][k] !== null && y !== null) dots.push({ x: s[state.x][k], y, i, k, failed });
        });
      });
      dots.sort((a, b) => a.x - b.x);
    };
    const near = (u) => {
      const { left, top } = u.cursor;
      if (left === undefined || left < 0) return null;
      let best = null, least = 900;
      for (const dot of dots) {
        const dx = u.valToPos(dot.x, "x") - left;
        if (dx < -30 || dx > 30) continue;
        const dy = u.valToPos(dot.y, "y") - top, far = dx * dx + dy * dy;
        if (far < least) { least = far; best = dot; }
      }
      return best;
    };
    const tell = (u) => {
      const dot = near(u);
      spot.style.display = dot ? "block" : "none";
      if (!dot) { u.tip.style.display = "none"; return; }
      const p = data.points[dot.i], s = p.scatter, left = u.valToPos(dot.x, "x"), top = u.valToPos(dot.y, "y");
      spot.style.left = u.over.offsetLeft + left + "px";
      spot.style.top = u.over.offsetTop + top + "px";
      u.tip.replaceChildren();
      make("b", u.tip, p.label + " · request " + s.seq[dot.k]);
      const rows = [["outcome", data.outcomes[s.outcome[dot.k]]], ["sent", figure(s.sent_s[dot.k]) + " s"],
        ["TTFT", figure(s.ttft_ms[dot.k]) + " ms"], ["TPOT", figure(s.tpot_ms[dot.k]) + " ms"],
        [dot.failed ? "lasted" : "E2E", figure(dot.failed ? s.lasted_ms[dot.k] : s.e2e_ms[dot.k]) + " ms"],
        ["input", figure(s.input_tokens[dot.k]) + " tokens"], ["output", figure(s.output_tokens[dot.k]) + " tokens"]];
      rows.forEach(([name, value]) => {
        const row = make("div", u.tip);
        make("span", row, name);
        make("span", row, value);
      });
      place(u, left, top);
    };
    const draw = () => {
      if (chart) chart.dispose();
      collect();
      const shown = data.points.map((p, i) => i).filter((i) => dots.some((d) => d.i === i && !d.failed));
      const series = shown.map((i) => line(data.points[i].label, () => COLOUR[i], {
        paths: () => null, swatch: COLOUR[i],
        points: { show: true, size: dots.length > 300 ? 4 : 8, width: 0, stroke: "transparent", fill: COLOUR[i] + "b8" },
      }));
      const rows = shown.map((i) => dots.map((d) => (d.i === i && !d.failed ? d.y : null)));
      if (dots.some((d) => d.failed)) {
        series.push(line("failed", () => css("--bad"), {
          paths: () => null, points: { show: true, size: 7, width: 1.5, fill: "transparent" },
        }));
        rows.push(dots.map((d) => (d.failed ? d.y : null)));
      }
      const ends = (u, low, high) => {
        if (low === null) return [0, 1];
        if (low === high && !dots.some((d) => d.x !== low)) [low, high] = [low - 1, high + 1];
        const pad = (high - low) * 0.02 || 1;
        return [low - pad, high + pad];
      };
      chart = mount(card.querySelector(".chart"), {
        scales: { x: { time: false, range: ends }, y: state.log ? { distr: 3, range: logRange } : { range: fromZero } },
        axes: [axis(X[state.x], state.x === "sent_s" ? {} : { incrs: WHOLE }), valueAxis(Y[state.y], state.log)], series: [{}, ...series],
        cursor: { x: false, y: false, points: { show: false } }, hooks: { setCursor: [tell] },
      }, [dots.map((d) => d.x), ...rows], 360);
      spot = make("span", card.querySelector(".chart"), undefined, "spot");
      chart.over.addEventListener("mouseleave", () => { spot.style.display = "none"; });
      legend(card.querySelector(".legend"), chart);
    };
    const head = card.querySelector(".head");
    const set = (key) => (value) => { state[key] = value; draw(); };
    if (data.points.length > 1) select(head, [["all", "all points"], ...data.points.map((p, i) => [String(i), p.label])], set("point"), "point");
    choice(head, Object.entries(Y).map(([key, name]) => [key, name.split(" ")[0]]), state.y, set("y"));
    choice(head, [["sent_s", "over time"], ["input_tokens", "by input"], ["output_tokens", "by output"]], state.x, set("x"));
    choice(head, [[false, "linear"], [true, "log"]], false, set("log"));
    draw();
  }

  if (document.querySelector("[data-load]")) loadCharts();
  if (document.getElementById("distribution")) distribution();
  if (document.getElementById("timeline")) timeline();
  if (document.getElementById("requests")) requests();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((c) => c.redraw()));
})();
