"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const svgNode = (name, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // Numbers as metaprop prints them: what was inferred is never certain.
  const percent = (p) => {
    const text = (100 * Math.min(Math.max(p, 0), 1)).toFixed(1);
    if (Number(text) === 100) return "> 99.9 %";
    if (Number(text) === 0) return "< 0.1 %";
    return text + " %";
  };

  // Cubic between stored points: the values and the density are exact there. Where a density is
  // missing, the slope is the secant's; the result never leaves the two ends of its piece.
  const above = (model, name, t) => {
    const curve = model[name];
    const { above: p, density } = curve, at = curve.at ?? model.at;
    let low = 0, high = at.length - 1;
    if (t <= at[low]) return p[low];
    if (t >= at[high]) return p[high];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (at[middle] <= t) low = middle; else high = middle;
    }
    if (at[low] === t) return p[low];
    const h = at[high] - at[low], u = (t - at[low]) / h, secant = (p[high] - p[low]) / h;
    const slope = (i) => density[i] === null ? secant : -density[i];
    let a = slope(low), b = slope(high);
    if (secant === 0) { a = 0; b = 0; } else {
      const r = Math.hypot(a / secant, b / secant);
      if (r > 3) { a *= 3 / r; b *= 3 / r; }
    }
    const v = 1 - u;
    return v * v * (1 + 2 * u) * p[low] + u * v * v * h * a + u * u * (3 - 2 * u) * p[high] - u * u * v * h * b;
  };

  const ESTIMANDS = [["average", "Average rate"], ["new_study", "Next study"]];

  const slider = () => {
    const outcomes = JSON.parse(byId("curves").textContent);
    if (!outcomes.length) return;
    const which = byId("which"), range = byId("t"), chart = byId("chart");
    const box = { left: 74, right: 606, top: 12, bottom: 252 };
    let outcome = outcomes[0], low = 0, high = 1;
    const good = (model, name, t) =>
      outcome.side === "above" ? above(model, name, t) : 1 - above(model, name, t);
    const x = (t) => box.left + (box.right - box.left) * (t - low) / (high - low);
    const y = (p) => box.bottom - (box.bottom - box.top) * p;
    const each = (act) => outcome.models.forEach((model) =>
      ESTIMANDS.forEach(([name, words]) => act(model, name, words)));

    // The part of the axis in which a curve moves, with the thresholds that were asked about.
    const scale = () => {
      const moving = [...outcome.thresholds];
      each((model, name) => {
        const { above: p, at = model.at } = model[name];
        const inside = at.filter((_, i) => p[i] > 0.01 && p[i] < 0.99);
        moving.push(inside[0], inside[inside.length - 1]);
      });
      const numbers = moving.filter((v) => v !== undefined);
      low = Math.max(0, Math.floor(20 * Math.min(...numbers)) / 20);
      high = Math.min(1, Math.ceil(20 * Math.max(...numbers)) / 20);
    };

    const draw = () => {
      chart.replaceChildren();
      scale();
      for (const p of [0, 0.25, 0.5, 0.75, 1]) {
        chart.append(svgNode("line", { class: "grid", x1: box.left, x2: box.right, y1: y(p), y2: y(p) }));
        chart.append(svgNode("text", { x: box.left - 6, y: y(p) + 4, "text-anchor": "end" }, 100 * p + " %"));
      }
      const step = high - low > 0.5 ? 0.2 : high - low > 0.25 ? 0.1 : 0.05;
      for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i++) {
        chart.append(svgNode("line", { class: "grid", x1: x(i * step), x2: x(i * step), y1: box.top, y2: box.bottom }));
        chart.append(svgNode("text", { x: x(i * step), y: box.bottom + 18, "text-anchor": "middle" }, Math.round(100 * i * step) + " %"));
      }
      chart.append(svgNode("text", { x: box.right, y: box.bottom + 40, "text-anchor": "end" },
        "threshold; solid: average rate, dashed: next study"));
      each((model, name) => {
        const points = [];
        for (let i = 0; i <= 288; i++) {
          const t = low + (high - low) * i / 288;
          points.push(x(t).toFixed(1) + " " + y(good(model, name, t)).toFixed(1));
        }
        const style = "curve " + model.family + (name === "new_study" ? " next" : "");
        chart.append(svgNode("path", { class: style, d: "M" + points.join("L") }));
      });
      chart.append(svgNode("line", { class: "now", id: "now", y1: box.top, y2: box.bottom }));
      each((model, name) => chart.append(svgNode("circle", { class: model.family, id: "dot-" + model.family + name, r: 4 })));
      outcome.models.forEach((model, i) => {
        const left = outcome.side === "above" ? box.left + 10 : box.right - 150;
        const rows = outcome.models.length - i;
        const top = box.bottom + 8 - 22 * rows;
        chart.append(svgNode("line", { class: "curve " + model.family, x1: left, x2: left + 24, y1: top - 4, y2: top - 4 }));
        chart.append(svgNode("text", { class: "label", x: left + 30, y: top }, model.label));
      });
    };

    const live = () => {
      const t = Math.round(10 * Number(range.value)) / 1000;
      const shown = 100 * t;
      const text = String(Math.round(10 * shown) / 10) + " %";
      byId("at").textContent = text;
      range.setAttribute("aria-valuetext", text);
      const now = byId("now");
      const inside = Math.min(Math.max(x(t), box.left), box.right);
      now.setAttribute("x1", inside);
      now.setAttribute("x2", inside);
      const rows = ESTIMANDS.map(([name, words]) =>
        [words, ...outcome.models.map((model) => percent(good(model, name, t)))]);
      each((model, name) => {
        const dot = byId("dot-" + model.family + name);
        dot.setAttribute("cx", inside);
        dot.setAttribute("cy", y(good(model, name, t)));
      });
      const table = byId("live");
      byId("live-caption").textContent = `Probability that the ${outcome.rate} is ${outcome.side} ${text}`;
      table.tHead.replaceChildren(line("th", ["Rate of", ...outcome.models.map((m) => m.label)], "col"));
      table.tBodies[0].replaceChildren(...rows.map((row) => line("td", row, "row")));
      byId("said").textContent = rows.map((row) =>
        `${row[0]} ${outcome.side} ${text}: ` + row.slice(1).map((p, i) => `${p} (${outcome.models[i].label})`).join(", ")).join(". ") + ".";
      for (const button of byId("asked").querySelectorAll("button"))
        button.setAttribute("aria-pressed", String(Number(button.value) === t));
    };

    const line = (tag, texts, scope) => {
      const row = document.createElement("tr");
      texts.forEach((text, i) => {
        const cell = document.createElement(i === 0 || tag === "th" ? "th" : "td");
        if (cell.tagName === "TH") cell.scope = i === 0 && scope === "row" ? "row" : "col";
        if (i > 0) cell.className = cell.tagName === "TH" ? "number" : "n";
        cell.textContent = text;
        row.append(cell);
      });
      return row;
    };

    const choose = () => {
      outcome = outcomes.find((one) => one.id === which.value) ?? outcomes[0];
      const buttons = outcome.thresholds.map((t) => {
        const button = document.createElement("button");
        button.type = "button";
        button.value = String(t);
        button.textContent = String(Number((100 * t).toPrecision(12))) + " %";
        button.addEventListener("click", () => { range.value = String(100 * t); live(); });
        return button;
      });
      byId("asked").replaceChildren(...buttons);
      range.value = String(100 * (outcome.main ?? 0.5));
      draw();
      live();
    };

    which.addEventListener("change", choose);
    range.addEventListener("input", live);
    byId("slider").hidden = false;
    choose();
  };

  // Tables: sort by the number behind the text; the first click ascends, the second descends.
  // A note below a text is no part of it.
  const raw = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.raw ?? (cell.firstChild?.textContent ?? "").replaceAll("\u00a0", " ");
  };
  const compare = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const numbers = [Number(a), Number(b)];
    return numbers.some(Number.isNaN) ? a.localeCompare(b, "en", { numeric: true }) : numbers[0] - numbers[1];
  };
  const sorting = (button) => {
    const head = button.closest("th"), table = button.closest("table");
    button.addEventListener("click", () => {
      const column = head.cellIndex;
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      const order = (a, b) => {
        const left = raw(a, column), right = raw(b, column);
        if (left === "" || right === "") return compare(left, right);
        return down ? compare(right, left) : compare(left, right);
      };
      table.tBodies[0].append(...rows.sort(order));
    });
  };

  // Downloads are made here, of what the page already holds.
  const save = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const quoted = (text) => /[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  const csv = (table) => {
    if (table.dataset.csvHead) {
      const rows = [...table.querySelectorAll("tr[data-csv-row]")].map((row) => row.dataset.csvRow);
      return [table.dataset.csvHead, ...rows].join("\n") + "\n";
    }
    const heads = [...table.tHead.rows[0].cells].map((cell) => quoted(cell.textContent.trim()));
    const rows = [...table.tBodies[0].rows].map((row) =>
      [...row.cells].map((_, i) => quoted(raw(row, i))).join(","));
    return [heads.join(","), ...rows].join("\n") + "\n";
  };
  const picture = (stem) => document.querySelector(`img[data-name="${CSS.escape(stem)}"]`);
  const svgText = (image) => decodeURIComponent(image.getAttribute("src").slice("data:image/svg+xml,".length))
    .replaceAll("<use href=", "<use xlink:href="); // as programs older than SVG 2 know it
  const png = (image, done) => {
    const canvas = document.createElement("canvas"), fresh = new Image();
    const scale = 3;
    fresh.onload = () => {
      canvas.width = scale * image.width;
      canvas.height = scale * image.height;
      canvas.getContext("2d").drawImage(fresh, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(done, "image/png");
    };
    fresh.src = image.src;
  };
  const press = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { csv: name, svg, png: bitmap } = button.dataset;
    if (name) save(new Blob([csv(byId(name))], { type: "text/csv" }), name + ".csv");
    if (svg) save(new Blob([svgText(picture(svg))], { type: "image/svg+xml" }), svg + ".svg");
    if (bitmap) png(picture(bitmap), (blob) => save(blob, bitmap + ".png"));
  };

  document.querySelectorAll(".sort").forEach(sorting);
  document.addEventListener("click", press);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.body.classList.add("hush");
  });
  for (const kind of ["mouseover", "focusin"])
    document.addEventListener(kind, (event) => {
      if (event.target.closest?.(".forest tr")) document.body.classList.remove("hush");
    });
  // Paper has what is open, and the figures that stand for what moves on a screen.
  let shut = [];
  addEventListener("beforeprint", () => {
    shut = [...document.querySelectorAll("details.paper:not([open])")];
    for (const fold of shut) fold.open = true;
  });
  addEventListener("afterprint", () => { for (const fold of shut) fold.open = false; });
  const unfold = byId("unfold");
  unfold.hidden = false;
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") !== "true";
    unfold.setAttribute("aria-pressed", String(open));
    unfold.textContent = open ? "Close everything" : "Open everything";
    for (const fold of document.querySelectorAll("details")) fold.open = open;
  });
  slider();
})();
