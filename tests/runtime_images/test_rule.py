"""A rule is somebody's Python: whatever it does, the next request is answered, and rightly."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from tests.runtime_images.serving import MODELS, configuration, model_tier, rule_tier

from edgewright_runtime.probe import probe
from edgewright_runtime.tiers.rule import RuleTier, load_rule
from edgewright_runtime.tiers.tier import TierFault

X = {"x": np.ones((2, 1), np.float32)}


def rule(tmp_path: Path, body: str, head: str = "") -> RuleTier:
    file = tmp_path / "rule.py"
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    file.write_text(f"import numpy as np\n{head}\ndef infer(inputs):\n{lines}")
    return load_rule("rule", file, ["y"])


@pytest.mark.parametrize("error", ["SystemExit(3)", "KeyboardInterrupt", "GeneratorExit"])
def test_a_rule_that_wants_to_end_the_process_fails_like_any_other(tmp_path: Path, error: str) -> None:
    with pytest.raises(TierFault, match="it ends itself by"):
        rule(tmp_path, f"raise {error}").run(X)
    with pytest.raises(TierFault, match="cannot be loaded"):
        rule(tmp_path, "return {}", head=f"raise {error}")


def test_a_rule_cannot_change_what_was_asked(tmp_path: Path) -> None:
    inputs = {"x": np.ones((2, 1), np.float32)}
    with pytest.raises(ValueError, match="read-only"):
        rule(tmp_path, "inputs['x'] *= 0\nreturn {'y': inputs['x']}").run(inputs)
    rule(tmp_path, "found = inputs.pop('x')\nreturn {'y': found}").run(inputs)
    assert (inputs["x"] == 1).all()
    assert inputs["x"].flags.writeable


def test_a_rule_that_uses_its_arrays_again_does_not_change_what_it_answered(tmp_path: Path) -> None:
    tier = rule(
        tmp_path, "BUFFER[:] = inputs['x']\nreturn {'y': BUFFER}", head="BUFFER = np.zeros((2, 1), 'f4')"
    )
    first = tier.run(X)
    tier.run({"x": np.full((2, 1), 7, np.float32)})
    assert (first["y"] == 1).all()


def test_only_what_was_promised_is_taken_from_a_rule(tmp_path: Path) -> None:
    found = rule(tmp_path, "return {'y': inputs['x'], 'confidence': 0.5, 'z': inputs['x']}").run(X)
    assert list(found) == ["y"]


@pytest.mark.parametrize("answer", ["None", "inputs['x']", "[1]", "'text'"])
def test_what_are_no_tensors_by_name_is_no_answer(tmp_path: Path, answer: str) -> None:
    with pytest.raises(TierFault, match="not with tensors"):
        rule(tmp_path, f"return {answer}").run(X)


def test_a_rule_that_does_not_end_takes_one_thread_and_works_again_when_it_does(tmp_path: Path) -> None:
    head = "import threading\nBEGUN, GO = threading.Event(), threading.Event()"
    tier = rule(tmp_path, "BEGUN.set()\nGO.wait(20)\nreturn {'y': inputs['x']}", head)
    known = tier.infer.__globals__
    hangs = threading.Thread(target=tier.run, args=(X,))
    hangs.start()
    assert known["BEGUN"].wait(20)
    with pytest.raises(TierFault, match="has not ended yet"):
        tier.run(X)
    known["GO"].set()
    hangs.join()
    assert list(tier.run(X)) == ["y"]


def test_a_rule_that_does_not_end_is_left_when_it_is_tried(tmp_path: Path) -> None:
    file = tmp_path / "rule.py"
    file.write_text("import time\ndef infer(inputs):\n    time.sleep(1000)\n")
    config = tmp_path / "server.json"
    config.write_text(json.dumps(configuration(model_tier(MODELS / "model.int8.onnx"), rule_tier(file))))
    assert probe(config, "rule", 5).fault == "no answer within 5 s"
