"""Training over two processes: each draws batches of its own, and both hold the same weights."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
from sklearn.datasets import load_digits

from gezhi.latent.ogan import OGAN

SCRIPT = """
    import sys
    import numpy as np, torch
    from gezhi.latent.ogan import OGAN

    rank, place, x = int(sys.argv[1]), sys.argv[2], np.load(sys.argv[3])
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{place}/meeting", rank=rank, world_size=2
    )
    gan = OGAN(code_dim=8, n_steps=5, batch_size=16, channels=16, random_state=0, device="cpu")
    gan.fit(x)
    np.save(f"{place}/{rank}.npy", gan.inverse_transform(np.eye(8)).astype(float))
    torch.distributed.destroy_process_group()
"""


def test_two_processes_end_with_one_model_that_is_not_that_of_one(tmp_path):
    x = (load_digits().images[:200] * 15).astype(np.uint8)
    np.save(tmp_path / "x.npy", x)
    script = tmp_path / "train.py"
    script.write_text(textwrap.dedent(SCRIPT))
    running = [
        subprocess.Popen([sys.executable, script, str(rank), tmp_path, tmp_path / "x.npy"])
        for rank in (0, 1)
    ]
    assert [one.wait(timeout=300) for one in running] == [0, 0]
    first, second = (np.load(tmp_path / f"{rank}.npy") for rank in (0, 1))
    np.testing.assert_array_equal(first, second)
    alone = OGAN(code_dim=8, n_steps=5, batch_size=16, channels=16, random_state=0, device="cpu")
    assert not np.array_equal(alone.fit(x).inverse_transform(np.eye(8)), first)
