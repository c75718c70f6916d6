"""A LightGBM model as text: its head, its trees, and what follows them; and the same model for fewer columns.

LightGBM has no call that leaves out columns which no tree reads. A model taught on a thousand of which it reads half
would carry the other half along: in its file, in what is said of it, and in every array that it is handed.
Reference: ``GBDT::SaveModelToString`` of LightGBM, whose form these functions read and write.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: The lines of the head, and the parameters at the end, that have an entry for each column.
_OF_COLUMNS = ("feature_names", "monotone_constraints", "feature_infos")
_PARAMETERS_OF_COLUMNS = ("monotone_constraints", "feature_contri")


@dataclass(frozen=True)
class ModelText:
    """``head``, ``trees`` (one text each) and ``tail`` of what ``Booster.model_to_string`` gives."""

    head: str
    trees: tuple[str, ...]
    tail: str

    @classmethod
    def of(cls, text: str) -> "ModelText":
        """The parts of a model's text."""
        head, *trees = re.split(r"(?=^Tree=\d+$)", text, flags=re.MULTILINE)
        if not trees:
            head, end, tail = head.partition("end of trees")
            return cls(head, (), end + tail)
        last, end, tail = trees[-1].partition("end of trees")
        return cls(head, (*trees[:-1], last), end + tail)

    def __str__(self) -> str:
        # Readers find each tree by the bytes of those before it.
        sizes = " ".join(str(len(text.encode())) for text in self.trees)
        return "".join([with_line("tree_sizes", lambda _: sizes, self.head), *self.trees, self.tail])


def narrowed(text: str) -> tuple[str, list[int]]:
    """The text of the same model for the columns alone on which it splits, and their positions among the old ones.

    A model that splits on nothing keeps the first column: LightGBM knows none without any.
    """
    model = ModelText.of(text)
    split_on = [list_of("split_feature", tree) if _branches(tree) else [] for tree in model.trees]
    positions = sorted({feature for features in split_on for feature in features}) or [0]
    place = {old: new for new, old in enumerate(positions)}

    def kept(separator: str) -> Callable[[str], str]:
        return lambda values: separator.join(values.split(separator)[position] for position in positions)

    head = with_line("max_feature_idx", lambda _: str(len(positions) - 1), model.head)
    for name in _OF_COLUMNS:
        if re.search(rf"^{name}=", head, re.MULTILINE):
            head = with_line(name, kept(" "), head)
    tail = model.tail
    for name in _PARAMETERS_OF_COLUMNS:
        found = re.search(rf"^\[{name}: (.+)\]$", tail, re.MULTILINE)
        if found is not None:
            tail = tail.replace(found[0], f"[{name}: {kept(',')(found[1])}]")
    trees = []
    for features, tree in zip(split_on, model.trees, strict=True):
        new = " ".join(str(place[feature]) for feature in features)
        trees.append(re.sub(r"(?<=^split_feature=).*$", new, tree, flags=re.MULTILINE))
    return str(ModelText(head, tuple(trees), tail)), positions


def list_of(name: str, text: str) -> Sequence[int]:
    """The whole numbers of the line ``name``. Raises ValueError where there is none."""
    found = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"a tree of the model's text has no line {name}: this version of LightGBM writes another form")
    return [int(number) for number in found[1].split()]


def with_line(name: str, value: Callable[[str], str], text: str) -> str:
    """``text`` with another value in its one line ``name``. Raises ValueError where there is none."""
    changed, times = re.subn(rf"^{name}=(.*)$", lambda found: f"{name}={value(found[1])}", text, flags=re.MULTILINE)
    if times != 1:
        raise ValueError(f"the model's text has {times} lines {name}: this version of LightGBM writes another form")
    return changed


def _branches(tree: str) -> bool:
    return list_of("num_leaves", tree)[0] > 1
