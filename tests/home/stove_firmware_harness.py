"""Runs an ESPHome file of a stove node: its lambdas as C++, with the few things they call.

What it knows of ESPHome is what the file uses: globals that are kept in a flash when they are
updated and synced, scripts, a relay, messages, and a boot. It is a stand-in for a chip, written so
that the rule in the file can be driven with the same events as the rule in Python.
"""

import re
import subprocess

import yaml


class Loader(yaml.SafeLoader):
    """YAML with ESPHome's own tags as plain text."""


for _tag in ("!secret", "!lambda"):
    Loader.add_constructor(_tag, lambda loader, node: loader.construct_scalar(node))

_FRAME = r"""
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

static uint32_t fake_millis = 0;
static uint32_t millis() { return fake_millis; }
static std::map<std::string, std::string> flash, pending, said;
struct Preferences {
  void sync() {
    for (auto &one : pending) flash[one.first] = one.second;
    pending.clear();
  }
};
static Preferences preferences, *global_preferences = &preferences;
struct Script { void (*run)(); void execute() { run(); } };
struct Relay {
  bool state = false;
  void turn_on() { state = true; }
  void turn_off() { state = false; }
};
struct Text { std::string state = "power"; };
static Text reset_reason_, *reset_reason = &reset_reason_;
template<typename T> struct Global {
  std::string name; T value; T first; bool kept;
  void boot() {
    memcpy(&value, &first, sizeof(T));
    if (kept && flash.count(name)) memcpy(&value, flash[name].data(), sizeof(T));
  }
  void update() { pending[name] = std::string((const char *) &value, sizeof(T)); }
};
"""


class Firmware:
    """A node file, compiled; `run` drives it from its first start.

    Args:
        text: the file.
        folder: where it is built.
    """

    def __init__(self, text, folder):
        self.file = yaml.load(text, Loader)
        self.globals = {one["id"] for one in self.file["globals"]}
        source = folder / "node.cpp"
        source.write_text(self._source(), encoding="utf-8")
        self.program = folder / "node"
        options = ["-O1", "-std=c++17", "-Wall", "-Werror", "-Wno-unused-function"]
        subprocess.run(["g++", *options, "-o", self.program, source], check=True)

    def run(self, lines):
        """Feed ``MILLISECONDS EVENT NAME [PAYLOAD]``; for each, the relay and what was said."""
        done = subprocess.run(
            [self.program],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            check=True,
        )
        return [one.split(" ", 1) for one in done.stdout.splitlines()]

    def _cpp(self, code):
        code = re.sub(r"\bid\((\w+)\)\.", r"\1->", code)
        return re.sub(
            r"\bid\((\w+)\)", lambda m: f"{m[1]}->value" if m[1] in self.globals else m[1], code
        )

    def _source(self):
        found, functions, bodies = self.file, [], []
        for one in found["globals"]:
            base, _, size = one["type"].partition("[")
            first = one["initial_value"].strip("{}")
            array = f"using T_{one['id']} = {base}{'[' + size if size else ''};"
            kept = "true" if one.get("restore_value") else "false"
            name = one["id"]
            functions.append(
                f'{array}\nstatic Global<T_{name}> {name}_ = {{"{name}", {{{first}}}, {{{first}}}, '
                f"{kept}}}, *{name} = &{name}_;"
            )
        relays = [one for one in found["switch"] if one["id"].startswith("relay_")]
        names = [one["id"].removeprefix("relay_") for one in relays]
        functions += [f"static Relay relay_{n}_, *relay_{n} = &relay_{n}_;" for n in names]
        scripts = [one for one in found["script"] if not one["id"].startswith("bound_")]
        for one in scripts:
            functions.append(
                f"static void {one['id']}_run(); static Script {one['id']}_ = {{{one['id']}_run}}, "
                f"*{one['id']} = &{one['id']}_;"
            )
        for one in scripts:
            steps = "".join(self._step(step) for step in one["then"])
            bodies.append(f"static void {one['id']}_run() {{ {steps} }}")
        handlers = "".join(self._handlers(found, names))
        boots = "".join(f"{one['id']}->boot(); " for one in found["globals"])
        relays_off = "".join(f"relay_{n}->state = false; " for n in names)
        started = self._cpp(found["esphome"]["on_boot"]["then"][0]["lambda"])
        shows = "".join(
            f'if (name == "{n}") {{ say_{n}->execute(); '
            f'std::cout << (relay_{n}->state ? "ON " : "OFF ") << said["{n}"] << "\\n"; }}\n'
            for n in names
        )
        return "\n".join([
            _FRAME, *functions, *bodies,
            f"static void boot() {{ pending.clear(); {boots}{relays_off} {started} }}",
            "int main() { boot(); std::string line;",
            "while (std::getline(std::cin, line)) {",
            "std::istringstream in(line); std::string event, name, x;",
            "in >> fake_millis >> event >> name; std::getline(in >> std::ws, x);",
            'if (event == "power") boot();', handlers, shows, "}}", "",
        ])  # fmt: skip

    def _step(self, step):
        ((kind, what),) = step.items()
        if kind == "lambda":
            return f"[&]() {{ {self._cpp(what)} }}();"
        if kind == "script.execute":
            return f"{what}->execute();"
        assert kind == "mqtt.publish", step
        _, group, name, _ = what["topic"].split("/")
        if group != "timer":
            return ""
        return f'said["{name}"] = [&]() -> std::string {{ {self._cpp(what["payload"])} }}();'

    def _handlers(self, found, names):
        for name in names:
            for one in found["mqtt"]["on_message"]:
                _, _, channel, verb = one["topic"].split("/")
                if channel == name:
                    event = {"set": "cut"}.get(verb, verb)
                    yield self._on(event, name, one["then"][0]["lambda"])
            guard = f"relay_{name}->turn_off();"  # what the second guard does, at any moment
            yield f'if (event == "guard" && name == "{name}") {guard}\n'
            yield f'if (event == "tick" && name == "{name}") drive_{name}->execute();\n'
        for one in found.get("sensor", []):
            code = one["on_value"][0]["lambda"]
            name = re.search(r"live_(\w+)\)", code)[1]
            number = "float x_ = strtof(x.c_str(), nullptr); { float x = x_; "
            yield self._on("flame", name, number + code + "}")
        for one in found.get("binary_sensor", []):
            if "on_press" in one:
                code = self._cpp(one["on_press"][0]["lambda"])
                yield f'if (event == "button") [&]() {{ {code} }}();\n'

    def _on(self, event, name, code):
        return f'if (event == "{event}" && name == "{name}") [&]() {{ {self._cpp(code)} }}();\n'
