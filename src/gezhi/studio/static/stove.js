// The living stove: sends what the hand does, asks for the next moment and puts it in place.
// All rules, the physics and the clock are in the studio's own process.
(() => {
  "use strict";

  const panel = document.getElementById("living");
  if (!panel) return;
  const trouble = document.getElementById("living-trouble");
  const lost = document.getElementById("lost");
  const BEAT = 200;
  const shown = {};
  let speed = Number(panel.dataset.speed);
  let timer = 0;
  let held = null;
  let turned = null;
  let line = Promise.resolve();

  const show = (moment) => {
    for (const [id, text] of Object.entries(moment.words)) {
      const element = document.getElementById(id);
      if (element && element.textContent !== text) element.textContent = text;
    }
    for (const [id, state] of Object.entries(moment.states)) {
      const element = document.getElementById(id);
      if (!element) continue;
      if (element.dataset.toggle !== undefined) element.setAttribute("aria-pressed", state === "on");
      else if (element.dataset.state !== state) element.dataset.state = state;
    }
    for (const [id, html] of Object.entries(moment.pieces)) {
      const element = document.getElementById(id);
      if (!element || shown[id] === html) continue;
      shown[id] = html;
      element.innerHTML = html;
    }
    speed = moment.speed;
    panel.dataset.speed = speed;
    for (const button of panel.querySelectorAll(".speeds button")) {
      const chosen = Number(button.value) === speed;
      button.setAttribute("aria-pressed", chosen);
      button.dataset.slowed = chosen && moment.pace < speed ? 1 : 0;
    }
    panel.classList.toggle("moves", speed > 0);
  };

  const words = async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.body.textContent.trim().replace(/\s+/g, " ");
  };

  const send = async (address, fields) => {
    try {
      const answer = await fetch(address, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { accept: "application/json", "hx-request": "true" },
      });
      if (answer.ok) show(await answer.json());
      trouble.textContent = answer.ok ? "" : await words(answer);
      lost.textContent = "";
      return answer.ok;
    } catch {
      lost.textContent = document.body.dataset.lost;
      return false;
    }
  };

  // One after the other: a knob that is let go was pressed before.
  const ask = (address, fields) => {
    line = line.then(() => send(address, fields));
    return line;
  };

  // Nothing is asked while the page is hidden or paused: then nothing is computed.
  const looking = () => speed > 0 && !document.hidden;
  const again = (wait) => {
    if (!timer && looking()) timer = setTimeout(beat, wait);
  };
  const beat = async () => {
    if (looking()) {
      const done = await ask("/stove/live/step", {});
      timer = 0;
      again(done ? BEAT : 5000);
    } else timer = 0;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-live]")) return;
    event.preventDefault();
    await ask(form.action, new FormData(form, event.submitter));
    again(BEAT);
  });

  // The hand: press and hold, let go, turn back.
  const hand = async (deed, knob) => {
    await ask("/stove/live/hand", { do: `${deed}:${knob}` });
    again(BEAT);
  };
  const press = (knob) => {
    if (held !== null) return;
    held = knob;
    hand("press", knob);
  };
  const letGo = () => {
    if (held === null) return;
    const knob = held;
    held = null;
    turned = null;
    hand("release", knob);
  };
  const turnOff = (knob) => {
    held = null;
    turned = null;
    hand("off", knob);
  };
  const angle = (element, event) => {
    const box = element.getBoundingClientRect();
    const across = event.clientX - box.left - box.width / 2;
    const down = event.clientY - box.top - box.height / 2;
    return Math.hypot(across, down) < 8 ? null : (Math.atan2(down, across) * 180) / Math.PI;
  };
  for (const knob of document.querySelectorAll("[data-knob]")) {
    const number = knob.dataset.knob;
    knob.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      knob.setPointerCapture(event.pointerId);
      turned = angle(knob, event);
      press(number);
    });
    knob.addEventListener("pointermove", (event) => {
      if (held !== number) return;
      const now = angle(knob, event);
      if (turned === null) turned = now;
      if (now === null || turned === null) return;
      const way = ((now - turned + 540) % 360) - 180;
      if (way > 50) turnOff(number); // clockwise, as a real one is closed
    });
    knob.addEventListener("pointerup", letGo);
    knob.addEventListener("pointercancel", letGo);
    knob.addEventListener("contextmenu", (event) => event.preventDefault());
    knob.addEventListener("keydown", (event) => {
      if (event.key === " " || event.key === "Enter") {
        event.preventDefault();
        if (!event.repeat) press(number);
      } else if (["ArrowRight", "ArrowDown", "Home", "Escape"].includes(event.key)) {
        event.preventDefault();
        turnOff(number);
      }
    });
    knob.addEventListener("keyup", (event) => {
      if (event.key === " " || event.key === "Enter") letGo();
    });
    knob.addEventListener("blur", letGo);
  }
  window.addEventListener("pagehide", letGo);

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) letGo();
    again(0);
  });
  panel.classList.toggle("moves", speed > 0);
  again(BEAT);
})();
