// Building elements from text: nothing that was said or written elsewhere is ever parsed as HTML.

export const byId = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

export const spaced = (name) => String(name).replaceAll("_", " ");

// States may be numbered in the agent's file; the number is for its author.
export const stateName = (state) => spaced(state).replace(/^\d+ /, "");

export function clock(us) {
  const seconds = Math.max(0, Math.floor(us / 1e6));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export const milliseconds = (us) => Math.floor(us / 1000);
