"""Make tests/cases/home/pandapipes.json: the transient solution of pandapipes, as an oracle.

    benchmarks/peers/hotwater/bin/python -c "from benchmarks.hotwater_pipes import main; main()"

pandapipes has no wall and does not converge at exactly zero flow, so the cases are pipes without
wall in which water flows; its density and heat capacity are set to those of gezhi. Its scheme is
implicit and smears what changes fast, so the inlet changes over minutes and the grid is fine.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "tests/cases/home/pandapipes.json"
KELVIN = 273.15
SECONDS = 420
STEPS = 2  # a second
CASES = (
    {"metres": 15.0, "litres_per_metre": 0.254, "loss": 0.58, "litres_per_minute": 6.0},
    {"metres": 15.0, "litres_per_metre": 0.254, "loss": 0.58, "litres_per_minute": 2.5},
    {"metres": 9.0, "litres_per_metre": 0.163, "loss": 0.25, "litres_per_minute": 5.2},
)


def inlet(second: float) -> float:
    """Degrees that rise and fall smoothly, over minutes."""
    return 32.5 - 12.5 * math.cos(2 * math.pi * second / SECONDS)


def solve(case: dict[str, float], ambient: float = 20.0) -> dict[str, Any]:
    """The outlet of one pipe, second by second."""
    import pandapipes
    from pandapipes.properties.fluids import FluidPropertyConstant

    net = pandapipes.create_empty_network(fluid="water")
    net.fluid.all_properties["density"] = FluidPropertyConstant(1000.0)
    net.fluid.all_properties["heat_capacity"] = FluidPropertyConstant(4180.0)
    start = ambient + KELVIN
    near, far = (pandapipes.create_junction(net, pn_bar=3, tfluid_k=start) for _ in range(2))
    diameter = math.sqrt(4 * case["litres_per_metre"] / 1000 / math.pi)
    pandapipes.create_ext_grid(net, near, p_bar=3, t_k=start, type="pt")
    pandapipes.create_pipe_from_parameters(
        net,
        near,
        far,
        length_km=case["metres"] / 1000,
        inner_diameter_mm=diameter * 1000,
        k_mm=0.007,
        sections=400,
        u_w_per_m2k=case["loss"] / (math.pi * diameter),
        text_k=start,
    )
    pandapipes.create_sink(net, far, mdot_kg_per_s=case["litres_per_minute"] / 60)
    outlet = []
    for step in range(SECONDS * STEPS):
        net.ext_grid.t_k = inlet(step / STEPS) + KELVIN
        pandapipes.pipeflow(
            net,
            mode="sequential",
            transient=True,
            dt=1 / STEPS,
            simulation_time_step=step,
            iter=30,
            use_numba=False,
        )
        if step % STEPS == 0:
            outlet.append(round(float(net.res_junction.t_k.at[far]) - KELVIN, 4))
    return {
        **case,
        "ambient": ambient,
        "inlet": [round(inlet(second), 4) for second in range(SECONDS)],
        "outlet": outlet,
    }


def main() -> None:
    """Solve every case and write the file."""
    import pandapipes

    cases = [solve(dict(case)) for case in CASES]
    stored = {"made_by": f"pandapipes {pandapipes.__version__}", "cases": cases}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(stored) + "\n", encoding="utf-8")
