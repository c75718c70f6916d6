"""The clients that models learn from and are judged on: features, outcomes, amounts, and who is the same person."""

import math
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from credit import features
from credit.features.needed_tables import columns_of
from credit.simulate import seed_of
from credit.tables import HISTORIES, TARGET, TablesWarning, label, read, sample
from credit.tables.amount_ranges import MONEY, own_ranges
from credit.tables.reading import open_truth
from credit.training.fingerprint import Content
from credit.training.left_out import features_left_out
from credit.training.no_values import Known, sentences, shortened
from credit.training.split_membership import COLUMNS as OF_PERSONS
from credit.training.split_membership import is_test, persons

#: The share of the persons that nothing but the last judgement sees, and the number of folds of the others.
TEST_SHARE = 0.2
FOLDS = 5
#: Up to so many clients features are made in memory, and the same seed gives the same model to the last bit; beyond,
#: they are streamed, so that the 58 million rows of all clients need no big machine.
EXACT = 100_000

#: Clients whose features are made single precision at a time.
_AT_ONCE = 10_000

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Dataset:
    """n clients with k features.

    ``client``: (n,) SK_ID_CURR. ``x``: (n, k) features in single precision, NaN for missing: models cut them into bins,
    and all clients then take half the memory. ``defaulted``: (n,) 0/1. ``amount``: (n,)
    AMT_CREDIT. ``person``: (n,) equal numbers for clients who are the same person, in every bank the same, see
    ``credit.training.split_membership``. ``true_probability``: (n,) where the bank is simulated, else None. ``source``:
    what MLflow and the manifest say about the data. ``unread``: a row a client, the features that no model may learn
    from, for those who judge: who is a woman is asked of a model without CODE_GENDER, too. ``weight``: (n,) how many
    applicants each stands for where some were drawn for many, see ``credit.training.explored_refusals``, else None.
    """

    client: Integers
    x: NDArray[np.float32]
    columns: tuple[str, ...]
    defaulted: Integers
    amount: Floats
    person: Integers
    true_probability: Floats | None
    source: dict[str, object]
    unread: pl.DataFrame = field(default_factory=pl.DataFrame)
    weight: Floats | None = None

    def __len__(self) -> int:
        return len(self.client)

    def weight_of(self, rows: Integers) -> Floats | None:
        """Of the clients at ``rows``; None where each stands for itself."""
        return None if self.weight is None else self.weight[rows]


@dataclass(frozen=True)
class Split:
    """Positions of the clients: ``test``; ``train``; and for each of ``train`` the number of its ``fold``.

    No person stands in two of these parts. ``test_share``: the share of all persons that the rule of
    ``credit.training.split_membership`` makes test clients; None where another rule has dealt the parts, and a later
    model cannot know whom this one has learnt from.
    """

    train: Integers
    test: Integers
    fold: Integers
    test_share: float | None = None

    @property
    def folds(self) -> list[tuple[Integers, Integers]]:
        """(learn, judge) positions within ``train``, one pair a fold, as scikit-learn's ``cv`` wants them."""
        numbers = range(int(self.fold.max()) + 1)
        return [(np.flatnonzero(self.fold != k), np.flatnonzero(self.fold == k)) for k in numbers]


def prepare(
    folder: str | Path,
    clients: int | None = None,
    seed: int = 7,
    histories: Sequence[str] = HISTORIES,
    label_one_means: str | None = None,
) -> pl.DataFrame:
    """Read the tables, draw the clients and make their features.

    ``folder``: of the tables. ``seed``: of the sample.
    ``clients``: a stratified sample of that many, all without it. ``histories``: the history tables to use; none of
    the others need be there. ``label_one_means``: what TARGET 1 stands for, see ``credit.tables.label``. Returns one
    row a client, sorted by SK_ID_CURR: SK_ID_CURR, TARGET, where the bank is simulated PROBABILITY_OF_DEFAULT (the
    truth), and the features that are made from these tables alone.

    Raises ``TablesError`` for a folder that cannot be used, ``LabelError`` for a label that seems turned round,
    ``ValueError`` for more clients than there are.
    """
    tables = labelled_tables(folder, histories, clients, seed, label_one_means)
    return with_features(folder, tables, columns_of(histories))


def labelled_tables(
    folder: str | Path, histories: Sequence[str], clients: int | None, seed: int, label_one_means: str | None
) -> dict[str, pl.LazyFrame]:
    """application_train and these histories of the clients that are drawn, TARGET 1 for who defaulted.

    ``folder``, ``histories``, ``clients``, ``seed``, ``label_one_means``, warnings and errors are those of `prepare`.
    """
    tables = read(folder, ("application_train", *histories))
    tables["application_train"] = label.with_meaning(tables["application_train"], label_one_means)
    outcomes = tables["application_train"].select(TARGET).collect(engine="streaming")[TARGET]
    for note in label.check(outcomes, label_one_means):
        warnings.warn(note.sentence, TablesWarning, stacklevel=3)
    return tables if clients is None else sample(tables, clients, seed)


def with_features(folder: str | Path, tables: dict[str, pl.LazyFrame], columns: Sequence[str]) -> pl.DataFrame:
    """One row a client of ``tables``, as `prepare` returns it, with these features. ``folder``: where the truth is.

    Raises ``TablesError`` where that cannot be read.
    """
    labels = tables["application_train"].select("SK_ID_CURR", TARGET)
    made = labels.join(features.build(tables, columns=columns), on="SK_ID_CURR", how="left")
    truth = open_truth(Path(folder))
    if truth is not None:
        known = truth.usable.select("SK_ID_CURR", "PROBABILITY_OF_DEFAULT")
        made = labels.join(known, on="SK_ID_CURR", how="left").join(made.drop(TARGET), on="SK_ID_CURR", how="left")
    # Streaming adds up in the order in which threads finish, which changes the last bit of a mean from run to run.
    number = labels.select(pl.len()).collect(engine="streaming").item()
    return made.collect(engine="in-memory" if number <= EXACT else "streaming").sort("SK_ID_CURR")


def source_of(
    folder: str | Path, histories: Sequence[str] = HISTORIES, label_one_means: str | None = None
) -> dict[str, object]:
    """What MLflow and the manifest say about the tables in ``folder``.

    ``histories``, ``label_one_means``: as for `prepare`. ``simulation_seed`` is that with which the bank was simulated,
    and is left out where the tables say none; the seed that deals the folds is the training's.
    """
    seed = seed_of(folder)
    return {
        "folder": Path(folder).resolve().name,
        **({} if seed is None else {"simulation_seed": seed}),
        "tables": ["application", *histories],
        **({} if label_one_means is None else {"label_one_means": label_one_means}),
    }


def dataset(
    prepared: pl.DataFrame,
    source: dict[str, object] | None = None,
    without: Sequence[str] = (),
    wanted: Collection[str] = (),
    readable: Collection[str] | None = None,
) -> Dataset:
    """Arrays of what ``prepare`` gives.

    ``source``: what else to say about the data, see `source_of`. ``without``: columns that no model may learn from, nor
    from any feature that is made of them, see ``credit.training.left_out``; the source then says which these are.

    Where a column that tells persons apart is not among ``prepared``, it counts as missing. Features of the application
    that no client has are left out, too, unless they are among ``wanted``, with a warning (``TablesWarning``): the
    source calls them ``no_values``. ``readable``: the features that a model may read, all where None. Others that have
    values are left out with a warning, and the source calls them ``not_in_log``: a challenger is held against the
    champion on the decision log, which holds no column that the champion does not read.
    """
    simulated = "PROBABILITY_OF_DEFAULT" in prepared.columns
    no_values = [name for name in Known.of(prepared).no_values() if name not in wanted]
    made = [name for name in prepared.columns if name not in ("SK_ID_CURR", TARGET, "PROBABILITY_OF_DEFAULT")]
    left_out = {*features_left_out(without), *no_values}
    not_in_log = [] if readable is None else [name for name in made if name not in left_out and name not in readable]
    left_out |= {*not_in_log}
    columns = tuple(name for name in made if name not in left_out)
    unread = prepared.select(name for name in made if name in left_out).cast(pl.Float32)
    if without:
        known = [name for name in unread.columns if name not in no_values and name not in not_in_log]
        source = {**(source or {}), "without": [*without], "left_out": known}
    if no_values:
        source = {**(source or {}), "no_values": no_values}
        for said in sentences(no_values):
            warnings.warn(said, TablesWarning, stacklevel=2)
    if not_in_log:
        source = {**(source or {}), "not_in_log": not_in_log}
        said = (
            f"the champion had no values of {shortened(not_in_log)}, so the decision log has none, and a challenger "
            "does not read them. The train command makes a model that does, which is not held against the log"
        )
        warnings.warn(said, TablesWarning, stacklevel=2)
    amounts = {name: prepared[name].cast(pl.Float64).fill_null(math.nan) for name in MONEY if name in prepared.columns}
    if ranges := own_ranges({name: values.to_numpy() for name, values in amounts.items()}):
        source = {**(source or {}), "amount_ranges": {name: list(ends) for name, ends in ranges.items()}}
    of_persons = prepared.with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in OF_PERSONS if name not in prepared.columns
    )
    client, defaulted = prepared["SK_ID_CURR"].to_numpy(), prepared[TARGET].to_numpy()
    x = np.empty((len(prepared), len(columns)), dtype=np.float32)
    content = None
    for first in range(0, max(len(prepared), 1), _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        some = prepared[rows].select(columns).cast(pl.Float64).fill_null(float("nan")).to_numpy()
        x[rows] = some
        own = Content.of(columns, client[rows], some, defaulted[rows])
        content = own if content is None else content + own
    assert content is not None  # nobody is a block, too
    return Dataset(
        client=client,
        x=x,
        columns=columns,
        defaulted=defaulted,
        amount=prepared["AMT_CREDIT"].to_numpy(),
        person=persons(of_persons),
        true_probability=prepared["PROBABILITY_OF_DEFAULT"].to_numpy() if simulated else None,
        source={
            "simulated": simulated,
            "clients": len(prepared),
            "default_rate": float(defaulted.mean()),
            "fingerprint": content.fingerprint(),
            **(source or {}),
        },
        unread=unread,
    )


def application_columns(data: Dataset) -> Dataset:
    """The same clients with the columns of the application table alone: what a bank knows without other sources."""
    own = {feature.name for feature in features.FEATURES if feature.table == "application"}
    kept = [number for number, name in enumerate(data.columns) if name in own]
    return replace(data, x=data.x[:, kept], columns=tuple(data.columns[number] for number in kept))


def split(data: Dataset, seed: int = 7, test_share: float = TEST_SHARE, folds: int = FOLDS) -> Split:
    """Set the test clients apart and deal the others into folds, person by person, the folds stratified by default.

    ``data``: the clients. ``folds``: how many.
    Who is a test client follows from a hash of the person alone (``credit.training.split_membership``): the same for
    every bank, size and ``seed``, which deals the folds. So the test part is ``test_share`` of the persons but for
    chance, and so is its share of those who defaulted. Raises ``ValueError`` where a part has too few defaulters.
    """
    people, position = np.unique(data.person, return_inverse=True)
    bad = np.zeros(len(people), dtype=np.int64)
    np.maximum.at(bad, position, data.defaulted)
    if bad.sum() < 2 * folds:
        raise ValueError(
            f"only {int(bad.sum())} of {len(people):,} persons defaulted; {folds} folds and a test need at least "
            f"{2 * folds}: take more clients"
        )
    judged = is_test(people, test_share)
    learners = np.flatnonzero(~judged)
    if bad[learners].sum() < folds or not bad[judged].any():
        raise ValueError(
            f"of the {int(bad.sum())} persons who defaulted {int(bad[judged].sum())} are test clients and "
            f"{int(bad[learners].sum())} can teach; the test needs 1 and {folds} folds need {folds}: take more clients"
        )
    fold_of_person = np.full(len(people), -1)
    dealt = StratifiedKFold(folds, shuffle=True, random_state=seed).split(learners, bad[learners])
    for number, (_, inside) in enumerate(dealt):
        fold_of_person[learners[inside]] = number
    fold = fold_of_person[position]
    train = np.flatnonzero(fold >= 0)
    return Split(train, np.flatnonzero(judged[position]), fold[train], test_share)
