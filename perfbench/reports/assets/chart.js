// What every chart of a report is made of: axes, sizes, legends, tooltips and crosshairs around uPlot.
// Text from servers only ever enters the page through textContent. Missing values are null.
"use strict";
const Chart = (() => {
  const charts = new Set();
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
  const short = (v) => {
    const [scale, unit] = Math.abs(v) >= 1e7 ? [1e6, "M"] : Math.abs(v) >= 1e4 ? [1e3, "k"] : [1, ""];
    return +(v / scale).toPrecision(4) + unit;
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
  // ---- a chart in a card: size, legend, tooltip
  const axis = (label, extra) => ({
    label, labelSize: 16, labelGap: 2, labelFont: "12px system-ui, sans-serif", font: "11px system-ui, sans-serif",
    size: 26, gap: 4, stroke: () => css("--soft"), grid: { stroke: () => css("--grid"), width: 1 },
    ticks: { show: false }, values: ticks, ...extra,
  });
  const yAxis = (label, extra) => axis(label, {
    size: (u, values) => 12 + 6.4 * Math.max(3, ...(values || []).map((v) => String(v).length)), ...extra,
  });
  // Marks of a logarithmic axis: 1-2-5, or every digit, or even steps, whichever the span needs.
  const logMarks = (u, index, low, high) => {
    const span = high / low, digits = span > 2e3 ? [1] : span > 8 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
    const marks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const digit of digits) marks.push(+(digit * 10 ** power).toPrecision(2));
    }
    const inside = marks.filter((v) => v >= low && v <= high);
    return inside.length > 2 ? inside : [0, 1, 2, 3].map((k) => +(low + ((high - low) * k) / 3).toPrecision(3));
  };
  const logAxis = {
    splits: logMarks, filter: (u, splits) => splits, values: (u, splits) => splits.map((v) => (v === null ? "" : short(v))),
  };
  const valueAxis = (label, log) => yAxis(label, log ? logAxis : {});
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

  // The crosshair stands where there is a value, not where the pointer happens to be.
  const snap = (u, left, top) => {
    if (left < 0 || !u.data[0].length) return [left, top];
    return [u.valToPos(u.data[0][u.posToIdx(left)], "x"), top];
  };

  function mount(host, options, rows, height) {
    host.replaceChildren();
    const tip = make("div", host, undefined, "tip");
    const size = () => ({ width: Math.max(260, host.clientWidth), height });
    const chart = new uPlot({
      ...size(), legend: { show: false }, padding: [10, 14, 0, 0],
      ...options, cursor: { y: false, points: { size: 8 }, move: snap, ...options.cursor },
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
        if (!s.show || value === null || value === undefined) return;
        const row = make("div", u.tip), name = make("span", row);
        make("i", name).style.background = s.swatch || s.stroke(u);
        name.append(s.label);
        make("span", row, figure(value) + unit + (s.hollow && s.hollow[i] ? " †" : ""));
      });
      place(u, u.cursor.left, u.cursor.top);
    }],
  });

  // Lines of one name are one entry.
  function legend(host, chart) {
    host.replaceChildren();
    const named = new Map();
    chart.series.slice(1).forEach((s, k) => named.set(s.label, [...(named.get(s.label) || []), k + 1]));
    named.forEach((places, label) => {
      const first = chart.series[places[0]], button = make("button", host);
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      make("i", button).style.background = first.swatch || first.stroke(chart);
      button.append(label);
      button.onclick = () => {
        const show = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(show));
        places.forEach((k) => chart.setSeries(k, { show }));
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
        press(key);
        pick(key);
      };
    });
    const press = (key) => names.forEach(([each], i) => group.children[i].setAttribute("aria-pressed", String(each === key)));
    return press;
  }

  function select(host, names, pick, label) {
    const list = make("select", host);
    list.setAttribute("aria-label", label);
    names.forEach(([key, text]) => { make("option", list, text).value = key; });
    list.onchange = () => pick(list.value);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((c) => c.redraw()));
  return {
    css, make, figure, ticks, spaced, axis, yAxis, valueAxis, logAxis, line, upTo, fromZero, logRange, mount, place, rowTip,
    legend, choice, select,
  };
})();
