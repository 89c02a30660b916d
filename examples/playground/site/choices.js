// One of a few: buttons in a radio group, with the arrow keys between them.
import {element} from "./dom.js";

// choices(place, {name: words}, chosen => ...) gives mark(name), which shows what is chosen.
export function choices(place, words, chosen) {
  const names = Object.keys(words);
  const buttons = names.map(
      (name, i) => element(
          "button", {
            role: "radio",
            "data-name": name,
            "aria-checked": "false",
            onclick: () => chosen(name),
            onkeydown: event => {
              const way = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
              if (!way) return;
              event.preventDefault();
              const to = (i + way + names.length) % names.length;
              buttons[to].focus();
              chosen(names[to]);
            }
          },
          words[name]));
  place.replaceChildren(...buttons);
  return name => buttons.forEach((button, i) => {
    button.setAttribute("aria-checked", String(names[i] === name));
    button.tabIndex = names[i] === name ? 0 : -1;
  });
}
