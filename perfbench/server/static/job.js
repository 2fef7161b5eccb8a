// Keeps the page of a job up to date: the board comes made from the server, curves are drawn from events.
"use strict";
(() => {
  const link = document.getElementById("link"), said = document.getElementById("said"), log = document.getElementById("log");
  const ENDED = ["done", "failed", "stopped", "interrupted"];

  // Changes what differs and leaves the rest, so that focus and selections stay.
  const morph = (old, now) => {
    if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName) return old.replaceWith(now);
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== now.nodeValue) old.nodeValue = now.nodeValue;
      return;
    }
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const mine = [...old.childNodes], theirs = [...now.childNodes];
    mine.slice(theirs.length).forEach((node) => node.remove());
    theirs.forEach((node, i) => (i < mine.length ? morph(mine[i], node) : old.append(node)));
  };

  const show = (told) => {
    for (const name of ["board", "findings"]) {
      const now = document.createElement("div");
      now.id = name;
      now.append(...new DOMParser().parseFromString(told[name], "text/html").body.childNodes);
      morph(document.getElementById(name), now);
    }
    if (said.textContent !== told.said) said.textContent = told.said;
    return told.state;
  };

  const follow = (text) => {
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
    log.textContent = text;
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
  log.scrollTop = log.scrollHeight;

  const curves = document.getElementById("curves") ? makeCurves(document.getElementById("curves")) : null;
  let place = "", stream = null, over = false;

  const tell = (text, lost) => {
    link.classList.toggle("lost", lost);
    if (link.textContent !== text) link.textContent = text;
  };

  const connect = () => {
    stream = new EventSource(link.dataset.stream + (place ? "?since=" + place : ""));
    stream.onopen = () => { if (!over) tell("Connected: this page shows what happens as it happens.", false); };
    stream.onmessage = (event) => {
      place = event.lastEventId || place;
      if (curves) curves.hear(JSON.parse(event.data));
    };
    stream.addEventListener("log", (event) => follow(JSON.parse(event.data)));
    stream.addEventListener("board", (event) => {
      if (!ENDED.includes(show(JSON.parse(event.data)))) return;
      over = true;
      stream.close();
      tell("It has ended.", false);
    });
    stream.onerror = () => {
      if (over) return;
      tell("Not connected: what stands here is from before. Trying again.", true);
      if (stream.readyState !== EventSource.CLOSED) return;
      setTimeout(connect, 5000);
    };
  };
  connect();

  // ---- curves of a load test
  function makeCurves(host) {
    const { css, make, axis, yAxis, line, upTo, mount, rowTip, legend } = Chart;
    const blue = () => "#3f7fe8", violet = () => "#9b51c9", green = () => "#1f9e89", red = () => "#d1435b";
    const tokens = (e) => e.event_rate_eps === null ? null : e.event_rate_eps * (e.output_tokens && e.events ? e.output_tokens / e.events : 1);
    const server = (name, scale) => (e) => (e.server && e.server[name] !== undefined ? e.server[name] * scale : null);
    const CHARTS = [
      ["Requests per second", "requests/s", "", [["requests/s", blue, (e) => e.request_rate_rps]]],
      ["Output tokens per second", "tokens/s", "", [["tokens/s (events/s until they are counted)", violet, tokens]]],
      ["In flight", "requests", "", [
        ["in flight", blue, (e) => e.in_flight],
        ["running in the service", green, server("running", 1)],
        ["waiting there", red, server("waiting", 1)]]],
      ["Time to first token", "ms", " ms", [["p50", green, (e) => e.ttft_p50_ms], ["p99", red, (e) => e.ttft_p99_ms]]],
      ["Time between tokens", "ms", " ms", [["p50", green, (e) => e.itl_p50_ms], ["p99", red, (e) => e.itl_p99_ms]]],
      ["Failed requests of the point", "requests", "", []],
      ["The service's cache and cards", "%", " %", [
        ["KV cache in use", blue, server("kv_usage", 100)],
        ["GPU", green, server("gpu_utilization", 100)]]],
    ];
    const few = (u) => u.data[0].length < 4;
    let first = null, names = [], times = [], told = [], due = false; // Of what is told: null between two points.
    const cards = CHARTS.map(([title, label, unit, lines]) => {
      const card = make("div", host, undefined, "card"), head = make("div", card, undefined, "head");
      make("h3", head, title);
      const entries = make("div", head, undefined, "legend"), chart = make("div", card, undefined, "chart");
      chart.setAttribute("role", "img");
      chart.setAttribute("aria-label", title + " over time; the table of points has figures");
      card.hidden = true;
      return { card, entries, chart, label, unit, lines, shown: [], plot: null };
    });
    const failures = cards[5].lines, HUES = [red, violet, blue, green, () => "#ee9a2f"];
    const learn = (kind) => {
      if (failures.some(([known]) => known === kind)) return;
      failures.push([kind, HUES[failures.length % HUES.length], (e) => e.failed[kind] || 0]);
    };

    const draw = () => {
      due = false;
      cards.forEach((c) => {
        const columns = c.lines.map(([, , value]) => told.map((e) => (e ? value(e) : null)));
        const shown = c.lines.map((_, i) => i).filter((i) => columns[i].some((v) => v !== null && v !== undefined));
        c.card.hidden = !shown.length;
        if (!shown.length) return;
        const rows = [times, ...shown.map((i) => columns[i])];
        if (c.plot && String(shown) === String(c.shown)) return c.plot.setData(rows);
        if (c.plot) c.plot.dispose();
        c.shown = shown;
        c.plot = mount(c.chart, {
          scales: { x: { time: false }, y: { range: upTo(1.1) } },
          axes: [axis("seconds since the beginning"), yAxis(c.label)],
          series: [{}, ...shown.map((i) => line(c.lines[i][0], c.lines[i][1], { points: { show: few, size: 7, fill: c.lines[i][1] } }))],
          hooks: rowTip((x, i) => x.toFixed(1) + " s · " + names[i], c.unit),
        }, rows, 200);
        legend(c.entries, c.plot);
      });
    };

    const add = (event, value) => {
      const at = Date.parse(event.time) / 1000;
      if (first === null) first = at;
      const last = times.length ? times[times.length - 1] : -1;
      times.push(Math.max(at - first, last + 0.001));
      names.push(event.name || "");
      told.push(value);
      if (times.length > 4000) [names, times, told] = [names, times, told].map((all) => all.filter((_, i) => i % 2 || !told[i]));
      if (!due) { due = true; setTimeout(() => requestAnimationFrame(draw), 500); }
    };

    return {
      hear(event) {
        if (event.event === "run_started") { first = null; names = []; times = []; told = []; }
        else if (event.event === "progress") { Object.keys(event.failed).forEach(learn); add(event, event); }
        else if (event.event === "point_finished") add(event, null);
      },
    };
  }
})();
