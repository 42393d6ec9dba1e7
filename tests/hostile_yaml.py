"""Hostile YAML: configs that are broken, or more than data."""

from collections.abc import Iterator

from hostile_cases import DEEP, DIGITS, Bytes, Case, encoded

from data.strict_yaml import MAX_BYTES

LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
# name -> (a SplitConfig, line of the refusal, reason; None where it is read)
YAML: dict[str, tuple[Bytes, int | None, str | None]] = {
    "plain": ("seed: 1\n", None, None),
    "byte order mark": ("\ufeffseed: 1\n", None, None),
    "Windows line ends": ("seed: 1\r\ntest: 0.1\r\n", None, None),
    "alias": ("a: &x 1\nseed: *x\n", 2, "an alias"),
    "alias of itself": ("a: &x [*x]\n", 1, "an alias"),
    "billion laughs": (LAUGHS, 2, "an alias"),
    "merge of an alias": ("a: &x {seed: 1}\n<<: *x\n", 2, "an alias"),
    "merge key": ("test: 0.1\n<<: {seed: 1}\n", 2, "a merge key"),
    "merge of a list": ("<<: [{seed: 1}, {seed: 2}]\n", 1, "a merge key"),
    "Python object": ("seed: !!python/object/apply:os.system [ls]\n", 1, "the tag"),
    "Python name": ("seed: !!python/name:os.system\n", 1, "the tag"),
    "own tag": ("seed: !x 1\n", 1, "the tag"),
    "tag of a plain type": ("seed: !!int 1\n", 1, "the tag"),
    "binary": ("seed: !!binary aGk=\n", 1, "the tag"),
    "tag by a directive": ("%TAG ! tag:yaml.org,2002:python/\n---\nseed: !name:os 1\n", 3, "tag"),
    "_target_": ("_target_: os.system\n", None, "unknown key '_target_'"),
    "key twice": ("seed: 1\nseed: 2\n", 2, "the key 'seed' twice"),
    "key twice by quotes": ("seed: 1\n'seed': 2\n", 2, "the key 'seed' twice"),
    "key twice inside": ("a:\n  b: 1\n  b: 1\n", 3, "the key 'b' twice"),
    "list as key": ("[a]: 1\n", 1, "a key that is no plain value"),
    "number as key": ("1: 1\n", None, "Keys should be strings"),
    "null as key": ("~: 1\n", None, "Keys should be strings"),
    "unknown key": ("sede: 1\n", None, "did you mean 'seed'?"),
    "5,000 unknown keys": ("".join(f"k{n}: 1\n" for n in range(5_000)), None, "unknown key 'k0'"),
    "two documents": ("seed: 1\n---\nseed: 2\n", 2, "another document"),
    "empty": ("", None, "a YAML mapping"),
    "comment alone": ("# seed: 1\n", None, "a YAML mapping"),
    "list": ("- seed\n", None, "a YAML mapping"),
    "word": ("seed\n", None, "a YAML mapping"),
    "tab as indent": ("a:\n\tb: 1\n", 2, "cannot start any token"),
    "open quote": ("seed: '1\n", 2, "plain YAML"),
    "open list": ("seed: [1\n", 2, "plain YAML"),
    "NUL": ("test: 0.1\nseed: 1\0\n", 2, "a NUL character"),
    "escaped NUL": ('seed: "\\0"\n', 1, "a NUL character"),
    "lone surrogate": ('seed: "\\ud800"\n', 1, "a lone surrogate"),
    "U+001C": ("seed: 1\x1ctest: 0.1\n", None, "plain YAML"),
    "U+0085 ends no line": ("seed: 1\x85test: 0.1\n", 1, "a line separator"),
    "U+2028 ends no line": ("seed: 1\u2028test: 0.1\n", 1, "a line separator"),
    "no UTF-8": (b"test: 0.1\nseed: \xe9\n", 2, "UTF-8 text"),
    "overlong": (b"seed: \xc0\xaf\n", 1, "UTF-8 text"),
    "UTF-16": ("seed: 1\n".encode("utf-16"), None, "UTF-16 text"),
    "gzip": (b"\x1f\x8b\x08\x00", None, "a gzip file"),
    "more than the cap": ("# " + "x" * MAX_BYTES, None, "bytes"),
    "nan": ("test: .nan\n", None, "test: "),
    "infinity": ("test: .inf\n", None, "test: "),
    "1e999": ("test: 1.0e+999\n", None, "test: "),
    "integer of 10,000 digits": (f"seed: {DIGITS}\n", 1, "a number of more than"),
    "hexadecimal of 10,000 digits": (f"seed: 0x{DIGITS}\n", 1, "a number of more than"),
    "sexagesimal integer": ("seed: 1" + ":1" * 20_000 + "\n", 1, "a number of more than"),
    "sexagesimal float": ("test: 1" + ":1" * 20_000 + ".5\n", 1, "a number of more than"),
    "30th of February": ("seed: 2014-02-30\n", None, "plain YAML"),
    "25 o'clock": ("seed: 2014-02-03 25:00:00\n", None, "plain YAML"),
    "nested lists": ("seed: " + "[" * DEEP, 1, "deep nesting"),
    "nested mappings": ("seed: " + "{a: " * 20_000, 1, "deep nesting"),
    "nested dashes": ("seed:\n" + "- " * 40_000 + "1\n", 2, "deep nesting"),
    "nested questions": ("? " * 20_000, 1, "deep nesting"),
}
SLOWER = ("5,000 unknown keys", "nested lists")  # some 0.4 s: the scanner reads on


def cases() -> Iterator[Case]:
    for name, (content, line, reason) in YAML.items():
        refusals = ((line, reason),) if reason else ()
        yield Case(name, "yaml", encoded(content), not reason, refusals)
