// Small comforts on top of plain forms and links; everything works without them.
(() => {
  "use strict";

  const lost = () => document.getElementById("lost");

  // A chip puts its example into the box; without this it is a link to the same example.
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("a[data-fill]");
    if (!chip || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const box = document.getElementById("text");
    event.preventDefault();
    box.value = chip.dataset.fill;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A slider says its value while it moves.
  document.addEventListener("input", (event) => {
    const shown = event.target.dataset && event.target.dataset.shown;
    if (shown) document.getElementById(shown).textContent = event.target.value + "%";
    if (event.target.matches("select[data-preview]")) markColumn(event.target);
  });

  // What the sliders ask for is drawn while they move; without this the form's button asks for it.
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draws]");
    if (!form) return;
    const picture = document.getElementById(form.dataset.draws);
    const asked = new URLSearchParams(new FormData(form));
    if (picture.dataset.waits) {
      picture.dataset.next = asked;
      return;
    }
    picture.dataset.waits = "1";
    picture.onload = picture.onerror = () => {
      const next = picture.dataset.next;
      delete picture.dataset.next;
      if (next) picture.src = picture.dataset.address + "?" + next;
      else delete picture.dataset.waits;
    };
    picture.src = picture.dataset.address + "?" + asked;
  });

  // The column chosen is the one marked in the table below.
  const markColumn = (select) => {
    const table = document.getElementById(select.dataset.preview);
    if (!table) return;
    for (const row of table.rows) {
      [...row.cells].forEach((cell, place) => {
        cell.classList.toggle("chosen", place === select.selectedIndex);
      });
    }
  };

  // A file may be dropped on the form, and one that is too large is told so before it is sent.
  const check = (form) => {
    const file = form.elements.file.files[0];
    const tooLarge = file && file.size > Number(form.dataset.limit);
    form.querySelector(".trouble").textContent = tooLarge ? form.dataset.tooLarge : "";
    return !tooLarge;
  };
  for (const form of document.querySelectorAll("form[data-drop]")) {
    form.addEventListener("change", () => check(form));
    form.addEventListener("submit", (event) => {
      if (!check(form)) {
        event.preventDefault();
        return;
      }
      const button = form.querySelector("button");
      button.textContent = form.dataset.busy;
      button.setAttribute("aria-disabled", "true");
    });
    form.addEventListener("dragover", (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
    form.addEventListener("dragleave", () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      if (event.dataTransfer.files.length) {
        form.elements.file.files = event.dataTransfer.files;
        check(form);
      }
    });
  }
  document.querySelectorAll("select[data-preview]").forEach(markColumn);

  // What is to be copied stands in a box of its own; the button only saves a few keys.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const box = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(box.value);
    } catch {
      box.focus();
      box.select();
      if (!document.execCommand("copy")) return;
    }
    const words = button.dataset.words || button.textContent;
    button.dataset.words = words;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = words; }, 2000);
  });

  // The studio was stopped while the page stayed open.
  document.addEventListener("htmx:error", (event) => {
    const aborted = event.detail && event.detail.error && event.detail.error.name === "AbortError";
    if (!aborted) lost().textContent = document.body.dataset.lost;
  });
  document.addEventListener("htmx:after:request", () => {
    lost().textContent = "";
  });

  // What replaced the finished job is where reading goes on.
  document.addEventListener("htmx:after:swap", () => {
    const heading = document.querySelector("[data-focus]");
    if (heading) {
      heading.removeAttribute("data-focus");
      heading.focus();
    }
  });
})();
