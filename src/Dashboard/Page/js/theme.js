// Before the first paint, so that a dark page does not flash white. Classic and tiny for that reason.
"use strict";
(() => {
  const asked = new URLSearchParams(location.search).get("theme");
  let kept = null;
  try {
    kept = localStorage.getItem("tidemark-theme");
  } catch {
    // A browser that keeps nothing follows the system.
  }

  const theme = asked === "dark" || asked === "light" ? asked : kept;
  if (theme === "dark" || theme === "light") {
    document.documentElement.dataset.theme = theme;
  }
})();
