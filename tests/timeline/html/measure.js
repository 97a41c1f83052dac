// Measures a COPY of a page, which stands in a frame as wide as a screen may be, and writes what is
// wrong with it into the page around the frame. netlab's own pages have no script.
addEventListener("load", () => {
  const chosen = frameElement.dataset.chosen;
  if (chosen) location.hash = chosen;
  // At once: the browser prints the page as soon as everything has loaded.
  measure(chosen);
});
function measure(chosen) {
  const faults = [];
  const fault = (kind, what) => faults.push(kind + ": " + String(what).slice(0, 120));
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth + 1) fault("the page is wider than the window", root.scrollWidth);
  // Corners of an element as it stands on the screen, turned or not.
  const corners = (it, inset) => {
    const b = it.getBBox(), m = it.getScreenCTM();
    const xs = [b.x + inset, b.x + b.width - inset], ys = [b.y + inset, b.y + b.height - inset];
    return [[xs[0], ys[0]], [xs[1], ys[0]], [xs[1], ys[1]], [xs[0], ys[1]]]
      .map(([x, y]) => [m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f]);
  };
  // Two convex shapes are apart if a line along one of their edges parts them.
  const apart = (one, other) => [one, other].some(shape => shape.some((p, i) => {
    const q = shape[(i + 1) % 4], n = [p[1] - q[1], q[0] - p[0]];
    const along = s => s.map(([x, y]) => x * n[0] + y * n[1]);
    const a = along(one), b = along(other);
    return Math.max(...a) <= Math.min(...b) || Math.max(...b) <= Math.min(...a);
  }));
  const wanted = new Set(), seen = new Set();
  let texts = 0;
  for (const svg of document.querySelectorAll("svg.part")) {
    const frame = svg.getBoundingClientRect(), inside = [];
    for (const text of svg.querySelectorAll("text")) {
      if (!text.textContent.trim()) continue;
      texts += 1;
      const at = text.closest("a"), key = (at ? at.getAttribute("href") : "") + text.textContent;
      const b = text.getBoundingClientRect(), slack = 1.5;
      wanted.add(key);
      if (b.bottom < frame.top || b.top > frame.bottom) continue; // Wholly in another part.
      if (b.left < frame.left - slack || b.right > frame.right + slack ||
          b.top < frame.top - slack || b.bottom > frame.bottom + slack) {
        fault("cut off", text.textContent);
        continue;
      }
      seen.add(key);
      inside.push([text, corners(text, 1.5)]);
      const box = at && at.querySelector("rect.b");
      if (box) {
        const r = box.getBoundingClientRect();
        if (b.left < r.left || b.right > r.right || b.top < r.top - 1 || b.bottom > r.bottom + 1) {
          fault("outside of its box", text.textContent);
        }
      }
    }
    // Parts of a picture are never scrolled one by one: what is beyond the frame's edge is lost.
    for (let i = 0; i < inside.length; i += 1) {
      for (let j = i + 1; j < inside.length; j += 1) {
        if (!apart(inside[i][1], inside[j][1])) {
          fault("one over the other", inside[i][0].textContent + " / " + inside[j][0].textContent);
        }
      }
    }
    const boxes = [...svg.querySelectorAll("rect.b")].map(it => it.getBoundingClientRect());
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
          Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1) fault("two boxes", i);
    }));
  }
  wanted.forEach(key => seen.has(key) || fault("nowhere whole", key));
  for (const link of document.querySelectorAll("a[href^='#r']")) {
    const name = link.getAttribute("href");
    if (!document.getElementById(name.slice(1))) fault("a link to nothing", name);
  }
  const sheet = document.querySelector(".sheet:target");
  if (chosen) {
    const r = sheet ? sheet.getBoundingClientRect() : null;
    if (!r || !r.height || r.left < -1 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1 || r.top < 0) {
      fault("the sheet of the row is not on the screen", JSON.stringify(r));
    }
    if (scrollY > 0) fault("the picture moved", scrollY);
  } else if (sheet) fault("a sheet is open", sheet.id);
  const out = parent.document.createElement("pre");
  out.textContent = ["MEASURED", innerWidth, texts, getComputedStyle(document.body).backgroundColor, faults.length,
    ...faults.slice(0, 20), "END"].join("\n");
  parent.document.body.append(out);
}
