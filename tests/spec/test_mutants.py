"""Whatever somebody does to a spec, loading ends with a connector or with told errors at a place, never with a crash."""

import random

import pytest
import yaml

from orgwright import spec
from orgwright.spec import yamltree

VALUES = [
    None,
    True,
    0,
    -1,
    3.5,
    "",
    "x",
    "Text(9)",
    "{{ region }}",
    "{{ nothing }}",
    [],
    ["x"],
    {},
    {"x": 1},
    [[1]],
    {"when": 3},
    "a" * 300,
]


def plain(tree: yamltree.Tree) -> object:
    if isinstance(tree, yamltree.Value):
        return tree.typed
    if isinstance(tree, yamltree.Sequence):
        return [plain(item) for item in tree.items]
    return {key: plain(value) for key, (_, value) in tree.pairs.items()}


def places(data: object, path: tuple = ()) -> list[tuple]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(found for key, value in inner for found in places(value, (*path, key)))]


def mutate(data: dict, rng: random.Random) -> None:
    *path, last = rng.choice([path for path in places(data) if path])
    target = data
    for step in path:
        target = target[step]
    match rng.randrange(3):
        case 0:
            del target[last]
        case 1 if isinstance(target, dict):
            target[rng.choice(["X__c", "label", "type", "nonsense", "1"])] = target.pop(last)
        case _:
            target[last] = rng.choice(VALUES)


@pytest.mark.parametrize("seed", range(60))
def test_a_mutant_is_refused_politely_or_loads(seed: int) -> None:
    rng = random.Random(seed)
    data = plain(yamltree.parse(spec.find("gentrack").read_bytes(), "gentrack"))
    assert isinstance(data, dict)
    for _ in range(rng.randrange(1, 4)):
        mutate(data, rng)
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    try:
        spec.loads(text)
    except spec.SpecErrors as errors:
        assert errors.errors
        assert all(error.where is not None and error.where.file for error in errors.errors)
    except spec.SpecError as error:
        assert error.where is not None
