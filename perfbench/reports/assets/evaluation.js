// Lets a reader browse the answers of an evaluation. Indexes and texts stand gzipped in the page and
// are unpacked when they are wanted. Text from models and data sets only ever enters the page
// through textContent. Unknown is null.
"use strict";
(() => {
  const host = document.getElementById("samples");
  if (!host) return;
  const { tasks, chunk: CHUNK, reasons: REASONS } = JSON.parse(document.getElementById("data").textContent);
  const blobs = [...document.querySelectorAll("script.chunk")];
  const PAGE = 50;
  const [ID, SUBSET, REPEAT, SCORE, UNSCORED, ANSWER, TARGET, WHY, OUTCOME, FINISH, TOKENS, LATENCY] = Array(12).keys();
  const [list, head, pagers] = [host.querySelector(".list"), host.querySelector(".head"), host.querySelectorAll(".pager")];

  const make = (tag, parent, text, className) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    if (parent) parent.append(node);
    return node;
  };
  const dash = (v) => (v === null || v === undefined || v === "" ? "–" : String(v));

  // ---- blobs: of each task an index, then its chunks of texts
  const withTexts = blobs.length > tasks.length;
  let place = 0;
  for (const task of tasks) {
    task.first = place;
    place += 1 + (withTexts ? Math.ceil(task.answers / CHUNK) : 0);
  }
  const unpacked = new Map();
  const unpack = (at) => {
    if (!unpacked.has(at)) {
      const bytes = Uint8Array.from(atob(blobs[at].textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      unpacked.set(at, new Response(stream).json());
    }
    return unpacked.get(at);
  };
  const textsOf = async (task, i) => (withTexts ? (await unpack(task.first + 1 + Math.floor(i / CHUNK)))[i % CHUNK] : ["", "", "", "", []]);

  // ---- verdicts
  const kindOf = (row) => row[UNSCORED] || (row[SCORE] === 1 ? "right" : row[SCORE] === 0 ? "wrong" : "partial");
  const wordOf = (row) => {
    const kind = kindOf(row);
    return kind === "partial" ? `${(row[SCORE] * 100).toFixed(1)} %` : REASONS[kind] || kind;
  };
  const KINDS = [["all", "all"], ["right", "right"], ["wrong", "wrong"], ["partial", "partial"], ["unscored", "unscored"], ...Object.entries(REASONS)];
  const fits = (row, kind) => kind === "all" || kindOf(row) === kind || (kind === "unscored" && row[UNSCORED] !== null);

  const state = { task: tasks[0], kind: "all", subset: null, query: "", page: 0, found: [], turn: 0 };

  function controls(rows) {
    head.replaceChildren();
    if (tasks.length > 1) {
      const box = make("select", head);
      box.setAttribute("aria-label", "task");
      tasks.forEach((task, i) => { make("option", box, task.name).value = i; });
      box.value = tasks.indexOf(state.task);
      box.addEventListener("change", () => { Object.assign(state, { task: tasks[+box.value], kind: "all", subset: null, page: 0 }); open(); });
    }
    if (state.task.subsets.length > 1) {
      const box = make("select", head);
      box.setAttribute("aria-label", "subset");
      make("option", box, "all subsets").value = "";
      state.task.subsets.forEach((name, i) => { make("option", box, name).value = i + 1; });
      box.addEventListener("change", () => { state.subset = box.value ? state.task.subsets[+box.value - 1] : null; search(); });
    }
    const group = make("div", head, undefined, "choice");
    for (const [kind, word] of KINDS) {
      const count = rows.filter((row) => fits(row, kind)).length;
      if (!count && !["all", "right", "wrong"].includes(kind)) continue;
      const button = make("button", group, `${word} ${count.toLocaleString("en-US")}`);
      button.type = "button";
      button.setAttribute("aria-pressed", String(kind === state.kind));
      button.addEventListener("click", () => {
        state.kind = kind;
        group.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
        search();
      });
    }
    const box = make("input", head);
    box.type = "search";
    box.placeholder = "search prompts and answers";
    box.setAttribute("aria-label", "search");
    box.value = state.query;
    let wait;
    box.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(() => { state.query = box.value; search(); }, 250); });
  }

  async function search() {
    const turn = ++state.turn, { task } = state, rows = await unpack(task.first);
    const query = state.query.trim().toLowerCase(), found = [];
    if (query) list.replaceChildren(make("p", null, "searching …", "soft"));
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (!fits(row, state.kind) || (state.subset !== null && row[SUBSET] !== state.subset)) continue;
      if (query) {
        const said = [row[ID], row[ANSWER], row[TARGET], row[WHY], ...(await textsOf(task, i)).flat(2)];
        if (state.turn !== turn) return;
        if (!said.some((text) => text && text.toLowerCase().includes(query))) continue;
      }
      found.push(i);
    }
    if (state.turn !== turn) return;
    state.found = found;
    state.page = 0;
    draw(rows);
  }

  function draw(rows) {
    const pages = Math.max(1, Math.ceil(state.found.length / PAGE));
    for (const pager of pagers) {
      pager.replaceChildren();
      const step = (word, by) => {
        const button = make("button", pager, word);
        button.type = "button";
        button.disabled = state.page + by < 0 || state.page + by >= pages;
        button.addEventListener("click", () => { state.page += by; draw(rows); });
      };
      step("previous", -1);
      step("next", 1);
      const first = state.page * PAGE, last = Math.min(first + PAGE, state.found.length);
      make("span", pager, state.found.length
        ? `${(first + 1).toLocaleString("en-US")} to ${last.toLocaleString("en-US")} of ${state.found.length.toLocaleString("en-US")} answers`
        : "no answer fits");
    }
    pagers[1].hidden = state.found.length <= 10;
    list.replaceChildren();
    for (const i of state.found.slice(state.page * PAGE, (state.page + 1) * PAGE)) list.append(entry(rows[i], i));
  }

  function entry(row, i) {
    const node = make("details", null, undefined, "sample"), line = make("summary", node), { task } = state;
    make("span", line, wordOf(row), `verdict ${row[UNSCORED] ? "unscored" : kindOf(row)}`);
    make("span", line, task.repeats > 1 ? `${row[ID]} · answer ${row[REPEAT] + 1}` : row[ID]);
    make("span", line, `extracted ${dash(row[ANSWER])}`);
    make("span", line, `target ${dash(row[TARGET])}`, "soft");
    node.addEventListener("toggle", async () => {
      if (!node.open || node.querySelector("div")) return;
      const body = make("div", node), facts = make("dl", body);
      const names = [["verdict", wordOf(row)], ["why", row[WHY]], ["extracted", row[ANSWER]], ["target", row[TARGET]],
        ["subset", row[SUBSET]], ["request", row[OUTCOME]], ["finish", row[FINISH]], ["output tokens", row[TOKENS]],
        ["latency", row[LATENCY] === null ? null : `${row[LATENCY]} ms`]];
      names.forEach(([name, value]) => { make("dt", facts, name); make("dd", facts, dash(value)); });
      const [prompt, output, reasoning, detail, judgements] = await textsOf(task, i);
      if (detail) { make("h4", body, "Failure"); make("pre", body, detail); }
      make("h4", body, "Prompt");
      make("pre", body, prompt || "–");
      if (reasoning) {
        const folded = make("details", body);
        make("summary", folded, `Reasoning (${reasoning.length.toLocaleString("en-US")} characters)`);
        make("pre", folded, reasoning);
      }
      make("h4", body, "Answer");
      make("pre", body, output || "–");
      for (const [title, text] of judgements) { make("h4", body, `Judge ${title}`); make("pre", body, text || "–"); }
    });
    return node;
  }

  async function open() {
    const rows = await unpack(state.task.first);
    controls(rows);
    await search();
  }

  if (typeof DecompressionStream === "undefined") {
    list.replaceChildren(make("p", null, "This browser is too old to unpack the samples.", "soft"));
    return;
  }
  open();
})();
