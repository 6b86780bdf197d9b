"""emit() against the readers that matter: kubectl, kustomize (Flux), PyYAML for 1.1, ruamel.yaml for 1.2."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from edgewright.document.emit import DEPTH, emit, emit_documents

_WORDS = """
    y Y n N yes Yes YES no No NO on On ON off Off OFF true True TRUE false False FALSE null Null NULL ~
    none None nil nan NaN .nan .NaN .NAN inf Inf .inf .Inf .INF -.inf +.inf -inf infinity -Infinity tRuE nO
    0 1 -1 +1 00 01 08 09 010 0777 0o7 0o17 0O7 0x1F 0X1f 0xg 0b101 0B1 0b2 1_000 1_0.0 _1 1_ 0_ - -- --- ---x
    -_1 -_0b0 _0x1 --_1 -_ _ __ $_1 /_1 -a_0 -1_ -_.5 -e3 --1 -0x1 -0o7
    -x --x -1x 1e3 1E3 1e+3 1e-3 1.e3 .1e3 0.1e3 5e500 5E5 1e400 12e03 1.0 1. .5 -.5 +.5 . .. ... ...x 1.2.3
    1.2.3.4 10.0.0.0/8 0x1p-2 1e 1ee3 e3 E3 0e0 -0 -0.0 +0 12:30 1:30:45 190:20:30.15 12:30:45.5 -1:30
    2001-01-01 2001-1-1 2001-01-01T00:00:00Z 2001-12-14t21:59:43.10-05:00 2001-12-14T21:59:43 10:20 1/2
    250m 512Mi 1.5Gi 1Ei 1E 1k 1m 10s 5ms 1h30m 1h 0m 007m 1d 1f 9223372036854775807 9223372036854775808
    18446744073709551616 123456789012345678901234567890 1,000 1,5 = == << <<< <<: ! !! !x !!str !!binary
    & &a * *a @ @a ` `a % %a %YAML | |- > >- ? ?a : :a a: a:b a::b a:: a# a#b # #a #! , ,a [ [] ] { {} }
    [a] {a:1} {{ {{a}} {{.Values.a}} $(A) ${A} $ a[0] a{b} a,b " "" "a a"b 'a ' '' 'a' it's \\ \\n \\x41
    /healthz ./a ../a a/b C:\\x sha256:0123 1e10a 0123abc 1234e5678 12345e67 3e8 00e0 0xdeadbeef
    registry.example.com/a@sha256:00 app.kubernetes.io/name
"""
BLANKS = [
    "'\"", "\"'", "it's \"so\"", "'\": ", "\\'", "a: 'b'", "a\t\"b\"",
    "", " ", "  ", "\t", " a", "a ", "a  b", "\ta", "a\t", "a\tb", "a b", "a # b", "a #b", "a: b", "a :b",
    "a : b", "- a", "-\ta", "? a", ": a", "# a", "a:\t", "--- a", "... a", "!a b", "&a b", "*a b", "a - b",
    "%YAML 1.1", "2001-01-01 00:00:00", "2001-12-14 21:59:43.10 -5", "y n", "true ", " true", "1 ", " 1",
    "1 000", "1e3 ", "~ ", '{"a": 1}', "[1, 2]", "{'a': 1}", "'a' b", '"a" b', "a 'b' c", 'a "b" c', "\\ a",
    "| a", "> a", "@ a", "` a",
]  # fmt: skip
LINES = [
    "\n", "\n\n", "\n\n\n", "a\n", "1\n", "true\n", "a\n\n", "a\n\n\n", "\na", "\n a", " \n", " \na",
    " a\nb", "a\n b", "a\n ", "a \nb", "a\n \nb", "a\n\nb", "a\n\n\nb\n", "\t\n", "\ta\nb", "a\n\tb",
    "a\nb\t\n", "  a\n b\n\n\n", "\n  x\n\ty", "a\n\t", "a\n---\nb", "a\n...\nb", "---\na", "a\n# b\n",
    "# a\nb: c\n", "a\rb", "a\r\nb\r\n", "\r", "a\n\r", "a\r", "- a\n- b\n", "a: |\n  b\n", "a\n%b",
    "\"a\nb", "'a\nb", "{\n}", "\\\n\\", "é\nü\n", "😀\n😀", "a\n\ufeff", "a\u2028b\nc", "a\n\x85b",
    "a\x00\n",
]  # fmt: skip
CHARACTERS = [
    *map(chr, [*range(0x20), *range(0x7F, 0xA1)]),
    *"\xad\u061c\u200b\u200d\u200f\u2028\u2029\u202a\u202e\u2060\u2066\ud7ff\ue000\ufdd0\ufeff\ufff9\ufffd\ufffe\uffff",
    *"\U00010000\U0001f600\U0001fffe\U0001ffff\U000e0041\U000e0fff\U000f0000\U0010ffff", "👩\u200d🔬", "é",
    "日本語", "a\x85b", "a\u2028b", "a\xa0", "\xa0a", "\ufeffa", "a\ufeff", "naïve", "Ünï: côde",
    "emoji 😀 end", "a\x7fb", "x" * 5000, "x " * 5000,
]  # fmt: skip
NASTY = list(dict.fromkeys([*_WORDS.split(), *BLANKS, *LINES, *CHARACTERS]))
NUMBERS = [
    0, 1, -1, 2**31, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 8, 10, 0.0, -0.0, 1.0, 0.1, -1.5,
    1e3, 1e15, 1e16, 1e17, 1e19, 1e20, 1e21, 1e22, 1.5e22, 1e-5, 1e-7, 2**53 + 2.0, 1.7976931348623157e308,
    5e-324, 2.2250738585072014e-308, 1 / 3,
]  # fmt: skip


def _kubectl(*arguments: str, text: str = "") -> str:
    done = subprocess.run(
        ["kubectl", *arguments], input=text.encode(), capture_output=True, timeout=60, check=False
    )
    assert not done.returncode, done.stderr.decode()[-2000:]
    return done.stdout.decode()


def _object(spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Box", "metadata": {"name": "box"}, "spec": spec}


def _decoded(text: str) -> list[Any]:
    """Every object of a YAML stream as kubectl sends it to a cluster: read, and left as it is."""
    answer = _kubectl("patch", "--local", "--type=json", "-p", "[]", "-o", "json", "-f", "-", text=text)
    found, decoder = [], json.JSONDecoder()
    while answer := answer.lstrip():
        value, end = decoder.raw_decode(answer)
        found.append(value)
        answer = answer[end:]
    return found


def by_kubectl(value: Any, folder: Path) -> Any:
    return _decoded(emit(_object(value)))[0]["spec"]


def by_kustomize(value: Any, folder: Path) -> Any:
    (folder / "box.yaml").write_text(emit(_object(value)), encoding="utf-8")
    (folder / "kustomization.yaml").write_text("resources: [box.yaml]\n", encoding="utf-8")
    return _decoded(_kubectl("kustomize", str(folder)))[0]["spec"]


def by_libyaml(value: Any, folder: Path) -> Any:
    return yaml.load(emit(value), yaml.CSafeLoader)


def by_pyyaml(value: Any, folder: Path) -> Any:
    return yaml.load(emit(value), yaml.SafeLoader)


def by_ruamel(value: Any, folder: Path) -> Any:
    return YAML(typ="safe", pure=True).load(emit(value))


needs_kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None,
    reason="kubectl is not on PATH: what a cluster's own reader makes of the YAML is not tested",
)
GO = [pytest.param(by_kubectl, marks=needs_kubectl), pytest.param(by_kustomize, marks=needs_kubectl)]
READERS = pytest.mark.parametrize("read", [*GO, by_libyaml, by_pyyaml, by_ruamel])
FAST_READERS = pytest.mark.parametrize("read", [*GO, by_libyaml])
Reader = Callable[[Any, Path], Any]


def same(value: Any, seen: Any, read: Reader) -> bool:
    """Whether a reader saw the very value, type by type: 1, 1.0, True and "1" are four values.

    JSON has one kind of number: through kubectl and kustomize the float 1.0 comes back as 1.
    """
    if isinstance(value, dict):
        return (
            isinstance(seen, dict)
            and value.keys() == seen.keys()
            and all(same(item, seen[key], read) for key, item in value.items())
        )
    if isinstance(value, (list, tuple)):
        return (
            isinstance(seen, list)
            and len(value) == len(seen)
            and all(same(item, other, read) for item, other in zip(value, seen, strict=True))
        )
    if type(value) is float and read in (by_kubectl, by_kustomize):
        return type(seen) in (int, float) and float(seen) == value
    return type(value) is type(seen) and repr(value) == repr(seen)


def _carried(value: Any, read: Reader) -> Any:
    """The value less what kustomize itself breaks after it has read it, however it was written: it
    refuses U+007F to U+009F, U+FFFE and U+FFFF, turns U+0085 into a blank and drops a key `<<`."""
    if read is not by_kustomize:
        return value
    if isinstance(value, dict):
        return {
            "<" if key == "<<" else _carried(key, read): _carried(item, read) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_carried(item, read) for item in value]
    return re.sub("[\x7f-\x9f\ufffe\uffff]", "?", value) if isinstance(value, str) else value


def changed(value: dict[str, Any], read: Reader, folder: Path) -> dict[str, Any]:
    """What a reader makes of the entries that it does not give back as they were."""
    value = _carried(value, read)
    seen = read(value, folder)
    assert isinstance(seen, dict)
    return {
        key: seen.get(key, "(missing)")
        for key in value.keys() | seen.keys()
        if key not in value or not same(value[key], seen.get(key), read)
    }


def test_the_table_is_long_enough() -> None:
    assert len(NASTY) >= 400


@READERS
def test_nasty_strings_as_values_keys_and_items(read: Reader, tmp_path: Path) -> None:
    keys = [text for text in NASTY if len(text) < 900]
    assert changed({f"v{n}": text for n, text in enumerate(NASTY)}, read, tmp_path) == {}
    assert changed(dict.fromkeys(keys, 1), read, tmp_path) == {}
    assert changed({key: {key: [key]} for key in keys}, read, tmp_path) == {}
    assert changed({"items": NASTY, "nested": [[text] * 2 for text in NASTY]}, read, tmp_path) == {}
    assert changed({"maps": [{"a": text, "b": text} for text in NASTY]}, read, tmp_path) == {}


@READERS
def test_numbers_and_constants(read: Reader, tmp_path: Path) -> None:
    values = {f"n{n}": number for n, number in enumerate([*NUMBERS, True, False, None])}
    assert changed(values | {"all": list(values.values())}, read, tmp_path) == {}


_ODD_LETTERS = "yYnNoOfFtTrRuUeEsSaAlL0123789xXbB_.:+-~<=> \t\n#,[]{}'\"\\|%@`!&*?/$\r\x85\u2028\ufeff😀é"
_TEXT = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.sampled_from(_ODD_LETTERS), max_size=12),
    st.text(st.sampled_from("a \n\t#"), max_size=12),
    st.from_regex(r"[-+]{0,2}[0-9_]*[.:eExXoOb]?[-+]?[0-9_]*([.:eEmMKi-][-+]?[0-9_]*)?", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.builds("".join, st.lists(st.sampled_from(NASTY), min_size=2, max_size=3)),
)
_KEY = _TEXT.filter(lambda text: len(text) < 900)
_NUMBER = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(NUMBERS),
)
_VALUE = st.recursive(
    st.one_of(_TEXT, _TEXT, _NUMBER, st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(_KEY, inner, max_size=4),
    ),
    max_leaves=12,
)
_slow = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each try is a process: no time to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FAST_READERS
@given(texts=st.lists(_TEXT, min_size=20, max_size=60))
@_slow
def test_any_strings_come_back(read: Reader, texts: list[str], tmp_path: Path) -> None:
    values = {f"v{n}": text for n, text in enumerate(texts)}
    keys = {text: n for n, text in enumerate(texts) if len(text) < 900}
    assert changed({"values": values, "keys": keys, "items": texts}, read, tmp_path) == {}


@READERS
@given(values=st.lists(_VALUE, min_size=1, max_size=12))
@_slow
def test_any_values_come_back(read: Reader, values: list[Any], tmp_path: Path) -> None:
    assert changed({f"v{n}": value for n, value in enumerate(values)}, read, tmp_path) == {}


@needs_kubectl
@given(values=st.lists(_VALUE, min_size=1, max_size=12))
@_slow
def test_any_documents_come_back_in_order(values: list[Any]) -> None:
    seen = [found["spec"] for found in _decoded(emit_documents(_object(value) for value in values))]
    assert same(values, seen, by_kubectl)


@given(value=_VALUE)
def test_any_single_value_is_a_document(value: Any) -> None:
    assert same(value, by_libyaml(value, Path()), by_libyaml)


@needs_kubectl
def test_newlines_at_the_end_of_a_document_survive_the_separator(tmp_path: Path) -> None:
    texts = ["a\nb", "a\nb\n", "a\nb\n\n\n", "a\n---\nb\n"]
    boxes = [_object(text) | {"metadata": {"name": f"b{n}"}} for n, text in enumerate(texts)]
    text = emit_documents(boxes)
    assert [box["spec"] for box in _decoded(text)] == texts
    (tmp_path / "boxes.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("resources: [boxes.yaml]\n", encoding="utf-8")
    assert [box["spec"] for box in _decoded(_kubectl("kustomize", str(tmp_path)))] == texts


LAYOUT = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: server
  labels:
    app.kubernetes.io/name: server
  annotations: {}
data:
  config.json: |
    {
      "port": 8080,

      "name": "no"
    }
  run.py: |-
    def main():
        return "x: y"  # a comment

    main()
  odd.txt: |+
    a\ttab, a trailing blank\x20

  answer: "no"
  cpu: 250m
  query: '{"a": "it is"}'
  said: "\\tit's \\"so\\""
  image: registry.example.com/a/b:v1@sha256:00
"on": true
args:
- --port=8080
- -c
- echo hello, world
- ""
- - - 1
    - 0.5
  - []
- name: a
  ports:
  - 80
  none: null
- |
  a
  b
last: []
"""


def test_layout() -> None:
    value = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "server", "labels": {"app.kubernetes.io/name": "server"}, "annotations": {}},
        "data": {
            "config.json": '{\n  "port": 8080,\n\n  "name": "no"\n}\n',
            "run.py": 'def main():\n    return "x: y"  # a comment\n\nmain()',
            "odd.txt": "a\ttab, a trailing blank \n\n",
            "answer": "no",
            "cpu": "250m",
            "query": '{"a": "it is"}',
            "said": '\tit\'s "so"',
            "image": "registry.example.com/a/b:v1@sha256:00",
        },
        "on": True,
        "args": [
            "--port=8080", "-c", "echo hello, world", "", [[1, 0.5], []],
            {"name": "a", "ports": (80,), "none": None}, "a\nb\n",
        ],
        "last": (),
    }  # fmt: skip
    assert emit(value) == LAYOUT


@pytest.mark.parametrize("source", [Path(__file__).read_text("utf-8"), json.dumps(NUMBERS, indent=2)])
def test_source_text_reads_as_it_was_written(source: str) -> None:
    """Python and JSON in a ConfigMap: every line as it is, four blanks to the right."""
    lines = emit({"data": {"source": source}}).splitlines()
    assert lines[:2] == ["data:", "  source: |" if source.endswith("\n") else "  source: |-"]
    assert lines[2:] == ["    " + line if line else "" for line in source.splitlines()]


@pytest.mark.parametrize(
    "text",
    ["a\r\nb", "a\n\ufeff", "a\n\u202eb", "a\n\u200bb", " a\nb", "\na", "\ta\nb", "a\x85\nb", "\n", 'a\t"b'],
)
def test_text_that_no_literal_block_can_show_is_escaped(text: str) -> None:
    written = emit({"a": text})
    assert written.startswith('a: "')
    assert written.count("\n") == 1
    assert all(character.isprintable() for character in written[:-1])


_PLAIN = "a a/b /healthz --x=y -c 250m 512Mi 1.5Gi 30s 1h 10.0.0.0/8 $(A) None web-1 a:b it's v1.2.3 C:\\x"


@pytest.mark.parametrize("text", [*_PLAIN.split(), "two words", "a, b (c) [d]"])
def test_what_cannot_be_misread_is_plain(text: str) -> None:
    assert emit({text: [text]}) == f"{text}:\n- {text}\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null\n"), ({}, "{}\n"), ((), "[]\n"), ("no", '"no"\n'), ("a\nb", "|-\n  a\n  b\n"),
        (-0.0, "-0.0\n"), (1e22, "1.0e+22\n"), (5e-324, "5.0e-324\n"), (12.5, "12.5\n"),
    ],
)  # fmt: skip
def test_a_document_of_one_value(value: Any, text: str) -> None:
    assert emit(value) == text


def test_documents() -> None:
    assert emit_documents(iter(())) == ""
    assert emit_documents([{"a": 1}, None, [2]]) == "a: 1\n---\nnull\n---\n- 2\n"


def test_what_is_shared_is_written_out_in_full() -> None:
    labels = {"a": "b"}
    assert emit({"x": labels, "z": [labels, labels]}) == "x:\n  a: b\nz:\n- a: b\n- a: b\n"


class _Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ({"spec": {"a": [1, float("nan")]}}, ValueError, "spec.a[1]: nan has no form in JSON"),
        ({"a": float("-inf")}, ValueError, "a: -inf has no form in JSON"),
        ({"a": 2**63}, ValueError, "a: an integer beyond 64 bits"),
        ([-(2**63) - 1], ValueError, "[0]: an integer beyond 64 bits"),
        ({"a": "x\ud83d"}, ValueError, "a: U+D83D is half of a surrogate pair"),
        ({"a": "x\n\udfff"}, ValueError, "a: U+DFFF is half of a surrogate pair"),
        ({"a": {"x\ud83d": 1}}, ValueError, "a.x\\ud83d: U+D83D is half of a surrogate pair"),
        ({"a": {"k" * 1001: 1}}, ValueError, "a key of 1,001 characters"),
        ({"a": {1: 2}}, TypeError, "a[1]: a key must be a str, not int"),
        ({"a": {None: 2}}, TypeError, "a.None: a key must be a str, not NoneType"),
        ({"a": {_Text("b"): 2}}, TypeError, "a.b: a key must be a str, not _Text"),
        ({"a": [{"b": Decimal(1)}]}, TypeError, "a[0].b: Decimal has no form in YAML"),
        ({"a": _Text("b")}, TypeError, "a: _Text has no form in YAML"),
        ({"a": b"b"}, TypeError, "a: bytes has no form in YAML"),
        ({"a": {1}}, TypeError, "a: set has no form in YAML"),
        (1j, TypeError, "the value itself: complex has no form in YAML"),
    ],
)
def test_what_is_refused(value: Any, error: type[Exception], message: str) -> None:
    emit({"b": "b"})  # a cache must not let the odd types pass
    with pytest.raises(error) as refused:
        emit(value)
    assert str(refused.value).startswith(message) or message in str(refused.value)[-120:]
    str(refused.value).encode()
    with pytest.raises(error, match=r"^\[1\]"):
        emit_documents([{}, value])


def _nested(depth: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = wrap(value)
    return value


@READERS
@pytest.mark.parametrize("wrap", [lambda value: {"a": value}, lambda value: [value]], ids=["dict", "list"])
def test_deep_values_are_written(read: Reader, wrap: Callable[[Any], Any], tmp_path: Path) -> None:
    value = {"v": _nested(DEPTH - 2, wrap)}
    assert changed(value, read, tmp_path) == {}


@pytest.mark.parametrize("wrap", [lambda value: {"a": value}, lambda value: [value]], ids=["dict", "list"])
def test_deeper_values_are_refused(wrap: Callable[[Any], Any]) -> None:
    emit(_nested(DEPTH, wrap))
    for depth in (DEPTH + 1, 100_000):
        with pytest.raises(ValueError, match="more than 200 containers inside each other"):
            emit(_nested(depth, wrap))


def test_a_value_that_holds_itself_is_refused() -> None:
    value: dict[str, Any] = {}
    value["me"] = [value]
    with pytest.raises(ValueError, match=r"^me\[0\]\.me"):
        emit(value)


@pytest.mark.parametrize(
    "text", ['"' * 300_000 + "'", "a " * 300_000 + ":", "\n" * 300_000 + "\x01", "a:" * 300_000]
)
def test_long_text_takes_linear_time(text: str) -> None:
    """Quadratic matching would take minutes here; linear takes milliseconds."""
    assert yaml.load(emit([text]), yaml.CSafeLoader) == [text]
