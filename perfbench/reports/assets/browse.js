// What pages share that let a reader look through thousands of entries: texts that stand gzipped in
// the page until they are wanted, and a list in pages. Text from models and data sets only ever
// enters the page through textContent.
"use strict";
const Browse = (() => {
  const make = (tag, parent, text, className) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    if (parent) parent.append(node);
    return node;
  };

  const blobs = [...document.querySelectorAll("script.chunk")];
  const unpacked = new Map();
  const unpack = (at) => {
    if (!unpacked.has(at)) {
      const bytes = Uint8Array.from(atob(blobs[at].textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      unpacked.set(at, new Response(stream).json());
    }
    return unpacked.get(at);
  };

  // Shows what it is given in the list of `host`, so many at a time; `entry` makes the node of one.
  function paged(host, size, noun, entry) {
    const list = host.querySelector(".list"), pagers = host.querySelectorAll(".pager");
    let found = [], page = 0;
    const draw = () => {
      const pages = Math.max(1, Math.ceil(found.length / size));
      for (const pager of pagers) {
        pager.replaceChildren();
        const step = (word, by) => {
          const button = make("button", pager, word);
          button.type = "button";
          button.disabled = page + by < 0 || page + by >= pages;
          button.addEventListener("click", () => { page += by; draw(); });
        };
        step("previous", -1);
        step("next", 1);
        const first = page * size, last = Math.min(first + size, found.length);
        make("span", pager, found.length
          ? `${(first + 1).toLocaleString("en-US")} to ${last.toLocaleString("en-US")} of ${found.length.toLocaleString("en-US")} ${noun}s`
          : `no ${noun} fits`);
      }
      pagers[1].hidden = found.length <= 10;
      list.replaceChildren(...found.slice(page * size, (page + 1) * size).map(entry));
    };
    return (entries) => { found = entries; page = 0; draw(); };
  }

  // Buttons of which one is pressed, each with how many entries it would leave; `kinds`: [kind, word, count].
  function kindOf(parent, kinds, pressed, choose) {
    const group = make("div", parent, undefined, "choice");
    for (const [kind, word, count] of kinds) {
      const button = make("button", group, `${word} ${count.toLocaleString("en-US")}`);
      button.type = "button";
      button.setAttribute("aria-pressed", String(kind === pressed));
      button.addEventListener("click", () => {
        group.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
        choose(kind);
      });
    }
  }

  // Calls `open` where the browser can unpack what the page holds, and says so where it cannot.
  function begin(host, open) {
    if (typeof DecompressionStream !== "undefined") return open();
    return host.querySelector(".list").replaceChildren(make("p", null, "This browser is too old to unpack what is listed here.", "soft"));
  }

  return { make, blobs, unpack, paged, kindOf, begin };
})();
