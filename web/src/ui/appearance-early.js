// Runs in the head of the page, before anything is painted: no flash of other colours. As ui/appearance.ts, in brief.
(() => {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("rtserver.appearance")) || {};
  } catch {
    // A private window, or changed by hand: what the device wishes.
  }
  const wishes = (query) => matchMedia(query).matches;
  const is = (aspect, value) => kept[aspect] === value;
  const dark =
    is("theme", "dark") || (!is("theme", "light") && wishes("(prefers-color-scheme: dark)"));
  const high = is("contrast", "high") || wishes("(prefers-contrast: more)");
  const less = is("motion", "less") || wishes("(prefers-reduced-motion: reduce)");
  Object.assign(document.documentElement.dataset, {
    theme: dark ? "dark" : "light",
    contrast: high ? "high" : "normal",
    text: is("text", "large") || is("text", "huge") ? kept.text : "normal",
    motion: less ? "less" : "full",
  });
})();
