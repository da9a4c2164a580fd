"""``aecodec models``: the list, one model, and their check."""

from __future__ import annotations

import json
from pathlib import Path

from aecodec.zoo import Role, Zoo
from tests.cli.lines import MODEL, Run, fails, succeeds
from tests.conftest import ROOT
from tests.made import made_model


def test_models(run: Run) -> None:
    Path("m/aaa.safetensors").write_bytes(b"no model")
    Path("m/bent-6.safetensors").write_bytes(MODEL[:-9] + b"123456789")
    result = succeeds(run("models list --model-path m"))
    head, row = result.stdout.splitlines()
    assert head.split() == ["id", "fingerprint", "kind", "latent_dim", "tile", "bytes", "folder"]
    fingerprint = Zoo(["m"]).load(Path("m/made-6.safetensors")).fingerprint.hex()
    assert row.split() == [
        "made-6",
        fingerprint,
        "lossy",
        "and",
        "lossless",
        "6",
        "8x8",
        str(len(MODEL)),
        "m",
    ]
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == ["warning", "warning"]
    record = json.loads(run("models list --json --model-path m").stdout)
    assert (record["id"], record["tile"], record["bytes"]) == ("made-6", [8, 8], len(MODEL))
    Path("m/made-6.safetensors").write_bytes(made_model("made-6", Role.EXACT))
    assert json.loads(run("models list --json --model-path m").stdout)["kind"] == "exact"
    shown = json.loads(run("models show made-6 --json --model-path m").stdout)["description"]
    assert (shown["role"], shown["pictures"]) == ("exact", {"size": [8, 8], "planes": 1})


def test_models_show(run: Run) -> None:
    record = json.loads(run("models show made-6 --json --model-path m").stdout)
    assert record["description"]["family"] == "made"
    assert record["sha256"].startswith(record["fingerprint"])
    text = run("models show m/made-6.safetensors").stdout
    assert len({line.index(line.split(None, 1)[1]) for line in text.splitlines()}) == 1
    assert ["family", "made"] in [line.split() for line in text.splitlines()]
    text = run(f"models show {ROOT / 'models' / 'pixels.safetensors'}").stdout
    rows = dict(line.split(None, 1) for line in text.splitlines())
    assert rows["networks.2"] == "dense, dense, dense" and rows["drawings.green.first"] == "dense"
    assert rows["latent_dim"] == "-" and len(rows["validation.bits"].split(", ")) == 3
    assert not set(text) & set("{}[]")
    fails(run("models show other --model-path m"), 5, "there are: made-6")


def test_models_verify(run: Run) -> None:
    result = succeeds(run("models verify --model-path m"))
    assert result.stdout.startswith("made-6: ok, ")
    assert succeeds(run("models verify made-6 --model-path m")).stdout == result.stdout
    Path("m/bent-6.safetensors").write_bytes(MODEL[:-9] + b"123456789")
    result = run("models verify --model-path m")
    assert result.exit_code == 1
    assert "bent-6.safetensors: FAILED" in result.stdout
    assert len(result.stderr.splitlines()) == 1
    result = run("models verify m/bent-6.safetensors")
    assert (result.exit_code, len(result.stderr.splitlines())) == (5, 1)
    assert succeeds(run("models verify")).stderr == "no models found\n"
    assert succeeds(run("models list")).stdout == ""
