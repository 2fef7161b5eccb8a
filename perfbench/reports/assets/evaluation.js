// Lets a reader browse the answers of an evaluation: `browse.js` unpacks and pages them. Text from
// models and data sets only ever enters the page through textContent. Unknown is null.
"use strict";
(() => {
  const host = document.getElementById("samples");
  if (!host) return;
  const { tasks, chunk: CHUNK, reasons: REASONS } = JSON.parse(document.getElementById("data").textContent);
  const { make, blobs, unpack } = Browse;
  const [ID, SUBSET, REPEAT, SCORE, UNSCORED, ANSWER, TARGET, WHY, OUTCOME, FINISH, TOKENS, LATENCY] = Array(12).keys();
  const [list, head] = [host.querySelector(".list"), host.querySelector(".head")];
  const show = Browse.paged(host, 50, "answer", ([row, i]) => entry(row, i));
  const dash = (v) => (v === null || v === undefined || v === "" ? "–" : String(v));

  // ---- blobs: of each task an index, then its chunks of texts
  const withTexts = blobs.length > tasks.length;
  let place = 0;
  for (const task of tasks) {
    task.first = place;
    place += 1 + (withTexts ? Math.ceil(task.answers / CHUNK) : 0);
  }
  const textsOf = async (task, i) => (withTexts ? (await unpack(task.first + 1 + Math.floor(i / CHUNK)))[i % CHUNK] : ["", "", "", "", []]);

  // ---- verdicts
  const kindOf = (row) => row[UNSCORED] || (row[SCORE] === 1 ? "right" : row[SCORE] === 0 ? "wrong" : "partial");
  const wordOf = (row) => {
    const kind = kindOf(row);
    return kind === "partial" ? `${(row[SCORE] * 100).toFixed(1)} %` : REASONS[kind] || kind;
  };
  const KINDS = [["all", "all"], ["right", "right"], ["wrong", "wrong"], ["partial", "partial"], ["unscored", "unscored"], ...Object.entries(REASONS)];
  const fits = (row, kind) => kind === "all" || kindOf(row) === kind || (kind === "unscored" && row[UNSCORED] !== null);

  const state = { task: tasks[0], kind: "all", subset: null, query: "", turn: 0 };

  function controls(rows) {
    head.replaceChildren();
    if (tasks.length > 1) {
      const box = make("select", head);
      box.setAttribute("aria-label", "task");
      tasks.forEach((task, i) => { make("option", box, task.name).value = i; });
      box.value = tasks.indexOf(state.task);
      box.addEventListener("change", () => { Object.assign(state, { task: tasks[+box.value], kind: "all", subset: null }); open(); });
    }
    if (state.task.subsets.length > 1) {
      const box = make("select", head);
      box.setAttribute("aria-label", "subset");
      make("option", box, "all subsets").value = "";
      state.task.subsets.forEach((name, i) => { make("option", box, name).value = i + 1; });
      box.addEventListener("change", () => { state.subset = box.value ? state.task.subsets[+box.value - 1] : null; search(); });
    }
    const kinds = KINDS.map(([kind, word]) => [kind, word, rows.filter((row) => fits(row, kind)).length]);
    const shown = kinds.filter(([kind, , count]) => count || ["all", "right", "wrong"].includes(kind));
    Browse.kindOf(head, shown, state.kind, (kind) => { state.kind = kind; search(); });
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
      found.push([row, i]);
    }
    if (state.turn === turn) show(found);
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

  Browse.begin(host, open);
})();
