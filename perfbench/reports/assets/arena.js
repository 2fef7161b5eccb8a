// Lets a reader look through the battles of an arena, two answers side by side: `browse.js` unpacks
// and pages them. Text from models and data sets only ever enters the page through textContent.
// Unknown is null.
"use strict";
(() => {
  const host = document.getElementById("battles");
  if (!host) return;
  const { models, judges, missing: MISSING, chunk: CHUNK } = JSON.parse(document.getElementById("data").textContent);
  const { make, blobs, unpack } = Browse;
  const [FIRST, SECOND, QUESTION, SCORE, OUTCOME, GAMES] = Array(6).keys();
  const [JUDGE, SWAPPED, LABEL, WORTH, LACKS, HASH] = Array(6).keys();
  const head = host.querySelector(".head");
  let show;

  const textsOf = async (question) => (blobs.length > 1 ? (await unpack(1 + Math.floor(question / CHUNK)))[question % CHUNK] : null);

  const state = { pair: "", part: "", kind: "all", low: 0, high: 1 };
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
    const kinds = Object.entries(KINDS).map(([kind, fits]) => [kind, kind, index.bouts.filter(fits).length]);
    const shown = kinds.filter(([kind, , count]) => count || kind === "all");
    Browse.kindOf(head, shown, state.kind, (kind) => { state.kind = kind; search(index); });
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
    show(index.bouts.filter((bout) => {
      const [data, subset] = index.questions[bout[QUESTION]];
      return (!state.pair || pairOf(bout) === state.pair)
        && (!state.part || `${data} · ${subset}` === state.part)
        && KINDS[state.kind](bout)
        && (whole || (bout[SCORE] !== null && bout[SCORE] >= state.low - 1e-9 && bout[SCORE] <= state.high + 1e-9));
    }));
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

  async function open() {
    const index = await unpack(0);
    show = Browse.paged(host, 25, "battle", (bout) => entry(bout, index));
    controls(index);
    search(index);
  }

  Browse.begin(host, open);
})();
