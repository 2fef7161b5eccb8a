// Draws the charts of a load test from the JSON in #data. Text from servers only ever enters the page
// through textContent. Latencies are ms, times s, missing values null.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const COLOUR = data.colours;
  const { css, make, figure, ticks, spaced, axis, yAxis, valueAxis, line, upTo, fromZero, logRange, mount, place, rowTip, legend, choice, select } = Chart;
  const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6];
  const wide = (values) => {
    const known = values.filter((v) => v !== null);
    return known.length > 0 && Math.min(...known) > 0 && Math.max(...known) > data.logSpan * Math.min(...known);
  };
  const one = devicePixelRatio;

  // ---- the command that repeats the run
  function command(host) {
    const text = host.querySelector("pre"), button = make("button", host, "copy", "copy");
    button.type = "button";
    button.onclick = async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = document.execCommand("copy") ? "copied" : "selected";
      }
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    };
  }

  // ---- charts of a sweep: points in the order of their load, which need not be that of x
  function sweepChart(card) {
    const { x, y, lines, labels, marks, knee, upright } = data.charts[card.dataset.chart];
    const order = x.values.map((_, i) => i).sort((a, b) => x.values[a] - x.values[b]);
    const xs = order.map((i) => x.values[i]);
    const at = (v) => (x.log ? Math.log(v) : v), back = (v) => (x.log ? Math.exp(v) : v);
    const low = at(xs[0]), high = at(xs[xs.length - 1]), pad = (high - low) * (marks.length ? 0.1 : 0.05) || 1;
    const range = [back(marks.length || x.log ? low - pad : Math.max(0, low - pad)), back(high + pad)];
    const spot = (u, line, i) => [u.valToPos(x.values[i], "x", true), u.valToPos(line.values[i], "y", true)];
    const drawLine = (u, k) => {
      const drawn = lines[k - 1], { ctx } = u;
      ctx.save();
      ctx.strokeStyle = drawn.colour;
      ctx.lineWidth = 2 * one;
      if (drawn.dashed) ctx.setLineDash([5 * one, 4 * one]);
      ctx.beginPath();
      let down = false;
      drawn.values.forEach((v, i) => {
        if (v === null) { down = false; return; }
        ctx[down ? "lineTo" : "moveTo"](...spot(u, drawn, i));
        down = true;
      });
      ctx.stroke();
      ctx.setLineDash([]);
      drawn.values.forEach((v, i) => {
        if (v === null) return;
        ctx.beginPath();
        ctx.arc(...spot(u, drawn, i), 4 * one, 0, 2 * Math.PI);
        ctx.fillStyle = drawn.hollow[i] ? css("--card") : drawn.colour;
        ctx.fill();
        ctx.stroke();
      });
      ctx.restore();
    };
    // The load beside each dot, wherever it runs into no other text and no dot.
    const drawMarks = (u) => {
      const { ctx, bbox } = u, shown = lines.filter((_, k) => u.series[k + 1].show);
      if (!marks.length || !shown.length) return;
      ctx.save();
      ctx.font = 600 + " " + 11.5 * one + "px system-ui, sans-serif";
      ctx.textBaseline = "middle";
      ctx.textAlign = "left";
      ctx.fillStyle = css("--ink");
      const boxes = shown.flatMap((l) => l.values.map((v, i) => {
        if (v === null) return null;
        const [left, top] = spot(u, l, i);
        return [left - 5 * one, top - 5 * one, left + 5 * one, top + 5 * one];
      })).filter(Boolean);
      const last = shown[shown.length - 1], known = last.values.map((v, i) => i).filter((i) => last.values[i] !== null);
      // On the side where the line is not: it comes from the left and rises, or falls.
      const ends = [known[0], known[known.length - 1]];
      const rises = (x.values[ends[1]] - x.values[ends[0]]) * (last.values[ends[1]] - last.values[ends[0]]) > 0;
      last.values.forEach((v, i) => {
        if (v === null) return;
        const [left, top] = spot(u, last, i), text = marks[i] + (i === knee ? " · knee" : ""), wide = ctx.measureText(text).width, gap = 9 * one;
        const sides = rises ? [left - gap - wide, left + gap] : [left + gap, left - gap - wide];
        const places = [...sides.map((a) => [a, top - gap]), ...sides.map((a) => [a, top + gap]), [left - wide / 2, top - 1.7 * gap]];
        for (const [a, b] of places) {
          const box = [a, b - 6 * one, a + wide, b + 6 * one];
          const free = boxes.every((o) => box[2] < o[0] || box[0] > o[2] || box[3] < o[1] || box[1] > o[3]);
          if (free && box[0] > bbox.left && box[2] < bbox.left + bbox.width && box[1] > bbox.top && box[3] < bbox.top + bbox.height) {
            ctx.fillText(text, a, b);
            boxes.push(box);
            return;
          }
        }
      });
      ctx.restore();
    };
    const drawUpright = (u) => {
      if (marks.length) return;
      const { ctx, bbox } = u;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = css("--soft");
      ctx.lineWidth = one;
      ctx.font = 11 * one + "px system-ui, sans-serif";
      ctx.textBaseline = "bottom";
      upright.forEach(([i, word], k) => {
        const left = u.valToPos(x.values[i], "x", true);
        ctx.setLineDash([2 * one, 3 * one]);
        ctx.beginPath();
        ctx.moveTo(left, bbox.top);
        ctx.lineTo(left, bbox.top + bbox.height);
        ctx.stroke();
        // Two words side by side keep apart.
        ctx.textAlign = upright.length === 1 ? "center" : k ? "left" : "right";
        ctx.fillText(word, left, bbox.top - one);
      });
      ctx.restore();
    };
    // The crosshair snaps to the nearest dot; on a chart against load to the nearest load first.
    const nearest = (u, left, top) => {
      let best = null, least = Infinity;
      lines.forEach((l, k) => l.values.forEach((v, i) => {
        if (v === null || !u.series[k + 1].show) return;
        const dx = u.valToPos(x.values[i], "x") - left, dy = u.valToPos(v, "y") - top;
        const far = marks.length ? dx * dx + dy * dy : dx * dx * 1e6 + dy * dy;
        if (far < least) { least = far; best = [left + dx, top + dy]; }
      }));
      return best;
    };
    const move = (u, left, top) => (left < 0 ? null : nearest(u, left, top)) || [left, top];
    // A tick at every load; where labels have no room, the ends and what is marked come first.
    const loadLabels = (u, splits) => {
      const shown = new Map();
      for (const load of [xs[0], xs[xs.length - 1], ...upright.map(([i]) => x.values[i]), ...xs]) {
        const at = u.valToPos(load, "x"), half = 3 + 3.4 * String(load).length;
        if ([...shown.values()].every(([other, its]) => Math.abs(at - other) > half + its)) shown.set(load, [at, half]);
      }
      return ticks(u, splits).map((text, i) => (shown.has(splits[i]) ? text : ""));
    };
    const xTicks = marks.length
      ? (x.log ? Chart.logAxis : {})
      : { splits: () => xs, filter: (u, splits) => splits, values: loadLabels };
    const tip = rowTip((_, i) => labels[order[i]] + (marks.length ? " · " + figure(xs[i]) + " " + x.title : ""), " " + card.dataset.unit);
    const chart = mount(card.querySelector(".chart"), {
      scales: { x: { time: false, distr: x.log ? 3 : 1, range }, y: y.log ? { distr: 3, range: logRange } : { range: upTo(marks.length ? 1.15 : 1.08) } },
      axes: [axis(x.title, xTicks), valueAxis(y.title, y.log)],
      series: [{}, ...lines.map((l) => line(l.name, () => l.colour, {
        paths: () => null, points: { show: false }, swatch: l.colour, hollow: order.map((i) => l.hollow[i]),
      }))],
      cursor: { y: true, move, points: { show: false } },
      padding: [16, 14, 0, 0],
      hooks: { ...tip, drawClear: [drawUpright], drawSeries: [drawLine], draw: [drawMarks] },
    }, [xs, ...lines.map((l) => order.map((i) => l.values[i]))], marks.length ? 300 : 230);
    if (lines.length > 1) legend(card.querySelector(".legend"), chart);
  }

  // ---- distribution: latency at every percentile
  function distribution() {
    const card = document.getElementById("distribution");
    const { metrics } = data;
    const spans = (key) => wide(data.points.flatMap((p) => (p.curves[key] || []).filter((v) => v > 0)));
    const state = { metric: metrics[0].key, tail: true, log: spans(metrics[0].key) };
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
      const value = (p, i, most) => (data.percentiles[i] <= most || data.percentiles[i] === 100 ? p.curves[key][i] : null);
      // What the sample supports is a solid line; from there to the maximum it is dashed.
      const sure = shown.map(([p]) => kept.map((i) => (data.percentiles[i] <= p.supported[key] ? p.curves[key][i] : null)));
      const rest = shown.map(([p], k) => kept.map((i, j) => (sure[k][j + 1] !== null && sure[k][j] !== null ? null : value(p, i, last(p)))));
      const xAxis = state.tail
        ? { splits: (u, a, low, high) => spaced(u, marks.filter((x) => x >= low && x <= high), 42),
            values: (u, splits) => splits.map((x) => "p" + +percent(x, end).toFixed(2)) }
        : { values: (u, splits) => splits.map((x) => "p" + +x.toFixed(2)) };
      chart = mount(card.querySelector(".chart"), {
        scales: { x: { time: false }, y: state.log ? { distr: 3, range: logRange } : { range: fromZero } },
        axes: [axis("percentile", xAxis), valueAxis("ms", state.log)],
        series: [{}, ...shown.flatMap(([p, i]) => [{}, { dash: [3, 4], width: 1.5 }].map((look) => (
          line(p.label, () => COLOUR[i], { spanGaps: true, ...look }))))],
        hooks: rowTip((x, i) => "p" + at[i], " ms"),
      }, [state.tail ? at.map(nines) : at, ...shown.flatMap((_, k) => [sure[k], rest[k]])], 330);
      legend(card.querySelector(".legend"), chart);
    };
    const head = card.querySelector(".head");
    choice(head, metrics.map((m) => [m.key, m.name]), state.metric, (key) => {
      state.metric = key;
      state.log = spans(key);
      scale(state.log);
      draw();
    });
    choice(head, [[true, "tail"], [false, "even"]], true, (key) => { state.tail = key; draw(); });
    const scale = choice(head, [[false, "linear"], [true, "log"]], state.log, (key) => { state.log = key; draw(); });
    draw();
  }

  // ---- timeline of the run
  function timeline() {
    const card = document.getElementById("timeline");
    // A slice is drawn as a step: from its start to its end, with a place in its middle to point at.
    const rows = { t: [], mean: [], max: [], slots: [], tokens: [], planned: [], sent: [], p50: [], p99: [], failures: [], slice: [] };
    const add = (...values) => values.forEach((v, k) => rows[KEYS[k]].push(v));
    const KEYS = Object.keys(rows);
    const points = data.points.map((p, i) => i).sort((a, b) => data.points[a].start_s - data.points[b].start_s);
    points.forEach((k) => {
      const s = data.points[k].timeline, edges = s.edges_s;
      s.in_flight.forEach((mean, i) => {
        const planned = (levels) => (levels ? levels[i] : null);
        const values = [mean, s.in_flight_max[i], planned(s.planned_slots), s.token_rate[i], planned(s.planned_rate), s.sent_rate[i], s.ttft_p50[i], s.ttft_p99[i]];
        const slice = [edges[i], edges[i + 1]];
        add(edges[i], ...values, null, slice);
        add((edges[i] + edges[i + 1]) / 2, ...values, s.failures[i] || null, slice);
        add(edges[i + 1], ...values, null, slice);
      });
      add(edges[edges.length - 1], ...KEYS.slice(1).map(() => null));
    });
    const order = rows.t.map((_, i) => i).sort((a, b) => rows.t[a] - rows.t[b] || a - b);
    const pick = (key) => order.map((i) => rows[key][i]);
    const slices = pick("slice");
    // Tooltips are of slices, so the crosshair stands in the middle of one.
    const move = (u, left, top) => {
      const slice = left < 0 ? null : slices[u.posToIdx(left)];
      return slice ? [u.valToPos((slice[0] + slice[1]) / 2, "x"), top] : [left, top];
    };
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
      cursor: { sync: { key: "timeline" }, points: { size: 7 }, move }, scales: { x: { time: false }, y: { range: upTo(1.2) } },
    };
    const title = (x, i) => (slices[i] ? figure(slices[i][0]) + " to " + figure(slices[i][1]) + " s" : "");
    const sketch = (host, xLabel, label, unit, series, keys) => mount(host, {
      ...shared, axes: [axis(xLabel), yAxis(label, { size: 52 })], series: [{}, ...series],
      hooks: { ...rowTip(title, unit), drawClear: [bands] },
    }, [pick("t"), ...keys.map(pick)], xLabel ? 200 : 184);
    const charts = [...card.querySelectorAll(".chart")], [upper, lower] = [charts[0], charts[charts.length - 1]];
    const slots = rows.slots.some((level) => level !== null);
    const anyFailed = rows.failures.some((count) => count);
    const flight = sketch(upper, undefined, "requests in flight", "", [
      line("highest", () => css("--accent"), {
        width: 0.5, fill: () => css("--accent") + "22", swatch: "#9fb8e8",
      }),
      line("mean", () => css("--accent"), {}),
      ...(slots ? [line("planned", () => css("--soft"), { dash: [5, 4] })] : []),
      ...(anyFailed ? [line("failed", () => css("--bad"), { paths: () => null, points: { show: true, size: 6 } })] : []),
    ], ["max", "mean", ...(slots ? ["slots"] : []), ...(anyFailed ? ["failures"] : [])]);
    const rates = document.getElementById("rates");
    if (rates) sketch(rates, undefined, "requests/s", "/s", [
      line("planned", () => css("--soft"), { dash: [5, 4] }), line("sent", () => css("--accent"), {}),
    ], ["planned", "sent"]);
    const first = document.getElementById("first");
    const ttfts = first ? [sketch(first, undefined, "TTFT (ms)", " ms", [
      line("p99", () => css("--bad"), { width: 1 }), line("p50", () => css("--accent"), {}),
    ], ["p99", "p50"])] : [];
    const tokens = sketch(lower, "seconds after the first send", "output tokens/s", " tok/s", [
      line("output", () => css("--good"), { fill: () => css("--good") + "18" }),
    ], ["tokens"]);
    legend(card.querySelector(".legend"), flight);
    const names = [["all", "whole run"], ...data.points.map((p, i) => [String(i), p.label])];
    if (data.points.length > 1) select(card.querySelector(".head"), names, (key) => {
      const p = data.points[+key];
      const ends = p ? { min: p.start_s, max: p.end_s } : { min: rows.t[order[0]], max: rows.t[order[order.length - 1]] };
      [flight, ...ttfts, tokens].forEach((chart) => chart.setScale("x", ends));
    }, "part of the run");
  }

  // ---- one dot per request
  function requests() {
    const card = document.getElementById("requests");
    const metrics = data.metrics.filter((m) => !m.pooled);
    const spans = (key) => wide(data.points.flatMap((p) => p.scatter[key] || []));
    const state = { point: "all", x: "sent_s", y: metrics[0].key, log: spans(metrics[0].key) };
    const X = { sent_s: "sent (s)", input_tokens: "input tokens", output_tokens: "output tokens" };
    let chart, dots, spot;
    const collect = () => {
      dots = [];
      data.points.forEach((p, i) => {
        if (state.point !== "all" && state.point !== String(i)) return;
        const s = p.scatter;
        s.seq.forEach((_, k) => {
          const failed = s.outcome[k] !== 0;
          const y = failed && state.y === "e2e_ms" ? s.lasted_ms[k] : s[state.y] ? s[state.y][k] : null;
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
        ...(dot.failed ? [["lasted", figure(s.lasted_ms[dot.k]) + " ms"]] : metrics.map((m) => [m.name, figure((s[m.key] || [])[dot.k]) + " ms"])),
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
        axes: [axis(X[state.x], state.x === "sent_s" ? {} : { incrs: WHOLE }), valueAxis(metrics.find((m) => m.key === state.y).name + " (ms)", state.log)], series: [{}, ...series],
        cursor: { x: false, y: false, points: { show: false }, move: (u, left, top) => [left, top] }, hooks: { setCursor: [tell] },
      }, [dots.map((d) => d.x), ...rows], 360);
      spot = make("span", card.querySelector(".chart"), undefined, "spot");
      chart.over.addEventListener("mouseleave", () => { spot.style.display = "none"; });
      legend(card.querySelector(".legend"), chart);
    };
    const head = card.querySelector(".head");
    const set = (key) => (value) => { state[key] = value; draw(); };
    if (data.points.length > 1) select(head, [["all", "all points"], ...data.points.map((p, i) => [String(i), p.label])], set("point"), "point");
    choice(head, metrics.map((m) => [m.key, m.name]), state.y, (key) => {
      state.log = spans(key);
      scale(state.log);
      set("y")(key);
    });
    choice(head, [["sent_s", "over time"], ["input_tokens", "by input"], ["output_tokens", "by output"]], state.x, set("x"));
    const scale = choice(head, [[false, "linear"], [true, "log"]], state.log, set("log"));
    draw();
  }

  document.querySelectorAll(".command").forEach(command);
  document.querySelectorAll("[data-chart]").forEach(sweepChart);
  if (document.getElementById("distribution")) distribution();
  if (document.getElementById("timeline")) timeline();
  if (document.getElementById("requests")) requests();
})();
