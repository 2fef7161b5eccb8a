// Lets a reader look through the battles of an arena, two answers side by side. The index and the
// texts stand gzipped in the page and are unpacked when they are wanted. Text from models and data
// sets only ever enters the page through textContent. Unknown is null.
"use strict";
(() => {
  const host = document.getElementById("battles");
  if (!host) return;
  const { models, judges, missing: MISSING, chunk: CHUNK } = JSON.parse(document.getElementById("data").textContent);
  const blobs = [...document.querySelectorAll("script.chunk")];
  const PAGE = 25;
  const [FIRST, SECOND, QUESTION, SCORE, OUTCOME, GAMES] = Array(6).keys();
  const [JUDGE, SWAPPED, LABEL, WORTH, LACKS, HASH] = Array(6).keys();
  const [list, head, pagers] = [host.querySelector(".list"), host.querySelector(".head"), host.querySelectorAll(".pager")];

  const make = (tag, parent, text, className) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    if (parent) parent.append(node);
    return node;
  };

  const unpacked = new Map();
  const unpack = (at) => {
    if (!unpacked.has(at)) {
      const bytes = Uint8Array.from(atob(blobs[at].textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      unpacked.set(at, new Response(stream).json());
    }
    return unpacked.get(at);
  };
  const textsOf = async (question) => (blobs.length > 1 ? (await unpack(1 + Math.floor(question / CHUNK)))[question % CHUNK] : null);

  const state = { pair: "", part: "", kind: "all", low: 0, high: 1, page: 0, found: [] };
  const pairOf = (bout) => `${bout[FIRST]}/${bout[SECOND]}`;
  const winner = (game) => (game[WORTH] === 0.5 ? "tie" : game[WORTH] > 0.5 ? "first" : "second");
  const split = (bout) => new Set(bout[GAMES].filter((g) => g[WORTH] !== null).map(winner)).size > 1;
  const KINDS = {
    all: () => true,
    decided: (b) => b[OUTCOME] === "first" || b[OUTCOME] === "second",
    tie: (b) => b[OUTCOME] === "tie",
    "orders differ": split,
    "no outcome": (b) => b[OUTCOME] === null,
  };

  function controls(index) {
    const pairs = [...new Set(index.bouts.map(pairOf))];
    const parts = [...new Set(index.questions.map(([data, subset]) => `${data} · ${subset}`))];
    choose("models", "all pairs", pairs.map((p) => [p, p.split("/").map((i) => models[i]).join(" against ")]), (v) => { state.pair = v; });
    if (parts.length > 1) choose("part", "all data", parts.map((p) => [p, p]), (v) => { state.part = v; });
    const group = make("div", head, undefined, "choice");
    for (const [kind, fits] of Object.entries(KINDS)) {
      const count = index.bouts.filter(fits).length;
      if (!count && kind !== "all") continue;
      const button = make("button", group, `${kind} ${count.toLocaleString("en-US")}`);
      button.type = "button";
      button.setAttribute("aria-pressed", String(kind === state.kind));
      button.addEventListener("click", () => {
        state.kind = kind;
        group.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
        search(index);
      });
    }
    slider("score from", 0, (v) => { state.low = v; }, index);
    slider("to", 1, (v) => { state.high = v; }, index);

    function choose(name, all, options, set) {
      const box = make("select", head);
      box.setAttribute("aria-label", name);
      make("option", box, all).value = "";
      for (const [value, text] of options) make("option", box, text).value = value;
      box.addEventListener("change", () => { set(box.value); search(index); });
    }
  }

  function slider(name, value, set, index) {
    const label = make("label", head, name), box = make("input", label), shown = make("b", label, value.toFixed(2));
    Object.assign(box, { type: "range", min: 0, max: 1, step: 0.05 });
    box.value = value;
    box.setAttribute("aria-label", `score ${name}`);
    box.addEventListener("input", () => { shown.textContent = Number(box.value).toFixed(2); set(Number(box.value)); search(index); });
  }

  function search(index) {
    const whole = state.low <= 0 && state.high >= 1;
    state.found = index.bouts.filter((bout) => {
      const [data, subset] = index.questions[bout[QUESTION]];
      return (!state.pair || pairOf(bout) === state.pair)
        && (!state.part || `${data} · ${subset}` === state.part)
        && KINDS[state.kind](bout)
        && (whole || (bout[SCORE] !== null && bout[SCORE] >= state.low - 1e-9 && bout[SCORE] <= state.high + 1e-9));
    });
    state.page = 0;
    draw(index);
  }

  function draw(index) {
    const pages = Math.max(1, Math.ceil(state.found.length / PAGE));
    for (const pager of pagers) {
      pager.replaceChildren();
      const step = (word, by) => {
        const button = make("button", pager, word);
        button.type = "button";
        button.disabled = state.page + by < 0 || state.page + by >= pages;
        button.addEventListener("click", () => { state.page += by; draw(index); });
      };
      step("previous", -1);
      step("next", 1);
      const first = state.page * PAGE, last = Math.min(first + PAGE, state.found.length);
      make("span", pager, state.found.length
        ? `${(first + 1).toLocaleString("en-US")} to ${last.toLocaleString("en-US")} of ${state.found.length.toLocaleString("en-US")} battles`
        : "no battle fits");
    }
    pagers[1].hidden = state.found.length <= 10;
    list.replaceChildren(...state.found.slice(state.page * PAGE, (state.page + 1) * PAGE).map((bout) => entry(bout, index)));
  }

  function entry(bout, index) {
    const node = make("details", null, undefined, "sample"), line = make("summary", node);
    const [data, subset, id] = index.questions[bout[QUESTION]], names = [models[bout[FIRST]], models[bout[SECOND]]];
    const score = bout[SCORE] === null ? "–" : bout[SCORE].toFixed(2);
    const word = bout[OUTCOME] === null ? "no outcome" : bout[OUTCOME];
    const kind = { first: "right", second: "wrong", tie: "partial" }[bout[OUTCOME]] || "unscored";
    make("span", line, `${word === "first" || word === "second" ? "better" : word} ${score}`, `verdict ${kind}`);
    make("span", line, `${names[0]} against ${names[1]}`);
    make("span", line, id);
    make("span", line, `${data} · ${subset}`, "soft");
    node.addEventListener("toggle", async () => {
      if (!node.open || node.querySelector("div")) return;
      const body = make("div", node), texts = await textsOf(bout[QUESTION]);
      make("h4", body, "Question");
      make("pre", body, texts ? texts.prompt : "–");
      const sides = make("div", body, undefined, "sides");
      [FIRST, SECOND].forEach((side, i) => {
        const better = bout[OUTCOME] === (i ? "second" : "first"), box = make("div", sides);
        make("h4", box, names[i] + (better ? ": better" : ""), better ? "better" : "");
        make("pre", box, texts && texts.answers[bout[side]] !== null ? texts.answers[bout[side]] : "–");
      });
      for (const game of bout[GAMES]) {
        const shown = names[game[SWAPPED] ? 1 : 0], said = game[LABEL] === null ? (MISSING[game[LACKS]] || game[LACKS]) : `says ${game[LABEL]}`;
        const folded = make("details", body);
        make("summary", folded, `${judges[game[JUDGE]]} ${said}, ${shown} shown first`);
        make("pre", folded, (texts && texts.judges[game[HASH]]) || "–");
      }
    });
    return node;
  }

  if (typeof DecompressionStream === "undefined") {
    list.replaceChildren(make("p", null, "This browser is too old to unpack the battles.", "soft"));
    return;
  }
  unpack(0).then((index) => { controls(index); search(index); });
})();
