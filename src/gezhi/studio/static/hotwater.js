// The living pipes: asks the studio for the next moment and puts it in place. The physics is there.
(() => {
  "use strict";

  const panel = document.getElementById("living");
  if (!panel) return;
  const trouble = document.getElementById("living-trouble");
  const said = document.getElementById("living-said");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const BEAT = 250;
  const wanted = Number(panel.dataset.speed);
  // Who wants little motion starts with a clock that stands, and may let it run.
  let speed = calm.matches ? 0 : wanted;
  let visible = true;
  let busy = false;
  let timer = 0;

  const show = (moment) => {
    for (const [id, text] of Object.entries(moment.words)) {
      const element = document.getElementById(id);
      if (element && element.textContent !== text && text) element.textContent = text;
    }
    for (const [id, level] of Object.entries(moment.levels)) {
      const element = document.getElementById(id);
      if (element) element.dataset.level = level;
    }
    for (const [id, on] of Object.entries(moment.on)) {
      const element = document.getElementById(id);
      if (!element) continue;
      element.dataset.on = on ? 1 : 0;
      if (element.dataset.toggle) {
        element.value = (on ? "close:" : "open:") + element.dataset.toggle;
        element.setAttribute("aria-pressed", on);
      }
    }
    speed = moment.speed;
    panel.dataset.speed = speed;
    for (const button of panel.querySelectorAll(".speeds button")) {
      button.setAttribute("aria-pressed", Number(button.value) === speed);
      button.dataset.slowed = Number(button.value) === speed && moment.pace < speed ? 1 : 0;
    }
    document.getElementById("over").hidden = !moment.over;
    panel.classList.toggle("moves", speed > 0 && !moment.over);
    if (moment.over) speed = 0;
  };

  const words = async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.body.textContent.trim().replace(/\s+/g, " ");
  };

  const ask = async (address, fields) => {
    const answer = await fetch(address, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { accept: "application/json", "hx-request": "true" },
    });
    if (answer.ok) {
      show(await answer.json());
      trouble.textContent = "";
    } else {
      trouble.textContent = await words(answer);
    }
    document.getElementById("lost").textContent = "";
    return answer.ok;
  };

  // Nothing is asked while the page is hidden, out of sight or paused: then nothing is computed.
  const looking = () => speed > 0 && visible && !document.hidden;

  const beat = async () => {
    timer = 0;
    if (!looking() || busy) return;
    busy = true;
    let wait = BEAT;
    try {
      if (!(await ask("/hotwater/live/step", {}))) wait = 5000;
    } catch {
      document.getElementById("lost").textContent = document.body.dataset.lost;
      wait = 5000;
    }
    busy = false;
    again(wait);
  };
  const again = (wait) => {
    if (!timer && looking()) timer = setTimeout(beat, wait);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-live]")) return;
    event.preventDefault();
    const button = event.submitter;
    try {
      const done = await ask(form.action, button && button.name ? { [button.name]: button.value } : {});
      const told = document.getElementById("ruled-said");
      if (done && form.action.match(/(request|stop)$/)) said.textContent = told.textContent;
    } catch {
      document.getElementById("lost").textContent = document.body.dataset.lost;
    }
    again(BEAT);
  });

  document.addEventListener("visibilitychange", () => again(0));
  new IntersectionObserver((entries) => {
    visible = entries[entries.length - 1].isIntersecting;
    again(0);
  }).observe(panel);

  if (speed !== wanted) ask("/hotwater/live/speed", { do: "0" }).catch(() => {});
  panel.classList.toggle("moves", speed > 0);
  again(BEAT);
})();
